package tickets

// freeMail reports whether a mail domain gives addresses to anybody, so that two people of it need not know
// each other.
func freeMail(domain string) bool {
	switch domain {
	case "126.com", "163.com", "1und1.de", "abv.bg", "aim.com", "alice.it", "aliyun.com", "aol.com", "aon.at",
		"arcor.de", "atlas.cz", "att.net", "azet.sk", "bbox.fr", "bellsouth.net", "bigpond.com", "bk.ru",
		"bluewin.ch", "blueyonder.co.uk", "bol.com.br", "bredband.net", "btinternet.com", "centrum.cz", "charter.net",
		"chello.at", "citromail.hu", "comcast.net", "cox.net", "daum.net", "docomo.ne.jp", "earthlink.net",
		"email.com", "email.cz", "ezweb.ne.jp", "fastmail.com", "fastmail.fm", "foxmail.com", "free.fr",
		"freemail.hu", "freenet.de", "gazeta.pl", "getmail.no", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de",
		"gmx.net", "googlemail.com", "hanmail.net", "hetnet.nl", "hey.com", "hispeed.ch", "home.nl", "hotmail.co.uk",
		"hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it", "i.ua", "icloud.com", "ig.com.br",
		"inbox.ru", "interia.pl", "jubii.dk", "kolumbus.fi", "kpnmail.nl", "laposte.net", "libero.it", "list.ru",
		"live.co.uk", "live.com", "live.de", "live.fr", "live.nl", "luukku.com", "mac.com", "mail.bg", "mail.com",
		"mail.ru", "mailbox.org", "me.com", "meta.ua", "msn.com", "nate.com", "naver.com", "neuf.fr", "ntlworld.com",
		"o2.pl", "onet.pl", "online.de", "online.no", "op.pl", "optusnet.com.au", "orange.fr", "outlook.com",
		"outlook.de", "outlook.es", "outlook.fr", "outlook.it", "planet.nl", "pm.me", "post.cz", "posteo.de",
		"proton.me", "protonmail.ch", "protonmail.com", "qq.com", "rambler.ru", "rediffmail.com", "rocketmail.com",
		"rogers.com", "sapo.pt", "sbcglobal.net", "seznam.cz", "sfr.fr", "shaw.ca", "sina.cn", "sina.com", "sky.com",
		"skynet.be", "softbank.ne.jp", "sohu.com", "spray.se", "stofanet.dk", "sunrise.ch", "suomi24.fi",
		"sympatico.ca", "t-online.de", "talktalk.net", "telefonica.net", "telenet.be", "telia.com", "telus.net",
		"terra.com.br", "terra.es", "tin.it", "tiscali.it", "tlen.pl", "tuta.com", "tuta.io", "tutanota.com",
		"ukr.net", "uol.com.br", "verizon.net", "virgilio.it", "virginmedia.com", "walla.co.il", "wanadoo.fr",
		"web.de", "wp.pl", "xs4all.nl", "xtra.co.nz", "ya.ru", "yahoo.ca", "yahoo.co.in", "yahoo.co.jp",
		"yahoo.co.uk", "yahoo.com", "yahoo.com.au", "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it",
		"yandex.com", "yandex.ru", "yeah.net", "ymail.com", "ziggo.nl", "zoho.com", "zohomail.com":
		return true
	}
	return false
}
