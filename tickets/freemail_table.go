package tickets

import "strings"

// FreeMail reports whether a mail domain, in lower case, gives addresses to anybody, so that two people of it need not know
// each other.
func FreeMail(domain string) bool {
	if provider, country, ok := strings.Cut(domain, "."); ok && national(country) && manyLands(provider) {
		return true
	}
	switch domain {
	case "126.com", "139.com", "163.com", "189.cn", "1und1.de", "abv.bg", "aim.com", "alice.it", "aliceadsl.fr",
		"aliyun.com", "aol.com", "aon.at", "arcor.de", "atlas.cz", "att.net", "au.com", "azet.sk", "bbox.fr",
		"bell.net", "bellsouth.net", "bezeqint.net", "bigpond.com", "bk.ru", "bluewin.ch", "blueyonder.co.uk",
		"bol.com.br", "bredband.net", "btinternet.com", "caiway.nl", "casema.nl", "centrum.cz", "centurylink.net",
		"charter.net", "chello.at", "chello.nl", "citromail.hu", "club-internet.fr", "comcast.net", "cox.net",
		"daum.net", "docomo.ne.jp", "duck.com", "earthlink.net", "email.com", "email.cz", "email.de",
		"ezweb.ne.jp", "fastmail.com", "fastmail.fm", "fastwebnet.it", "foxmail.com", "free.fr", "freemail.hu",
		"freenet.de", "frontier.com", "gazeta.pl", "getmail.no", "gmail.com", "gmx.at", "gmx.ch",
		"gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hanmail.com", "hanmail.net", "hetnet.nl", "hey.com",
		"hispeed.ch", "home.nl", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr",
		"hotmail.it", "hushmail.com", "i.softbank.jp", "i.ua", "icloud.com", "ig.com.br", "iinet.net.au",
		"inbox.lt", "inbox.lv", "inbox.ru", "indamail.hu", "interia.pl", "internode.on.net", "inwind.it", "iol.it",
		"jubii.dk", "juno.com", "kabelmail.de", "kakao.com", "kolumbus.fi", "kpnmail.nl", "laposte.net",
		"libero.it", "list.ru", "live.co.uk", "live.com", "live.de", "live.fr", "live.nl", "luukku.com", "mac.com",
		"mail.bg", "mail.com", "mail.de", "mail.ee", "mail.ru", "mailbox.org", "mailfence.com", "me.com",
		"meta.ua", "msn.com", "mynet.com", "nate.com", "naver.com", "netcologne.de", "netvision.net.il",
		"netzero.net", "neuf.fr", "ntlworld.com", "numericable.fr", "o2.cz", "o2.pl", "one.lt", "onet.pl",
		"online.de", "online.no", "ono.com", "op.pl", "optonline.net", "optusnet.com.au", "orange.fr",
		"outlook.com", "outlook.de", "outlook.es", "outlook.fr", "outlook.it", "planet.nl", "pm.me", "pobox.sk",
		"post.cz", "posteo.de", "posteo.net", "privaterelay.appleid.com", "proton.me", "protonmail.ch",
		"protonmail.com", "qq.com", "quicknet.nl", "rambler.ru", "rediffmail.com", "roadrunner.com",
		"rocketmail.com", "rogers.com", "runbox.com", "sapo.pt", "sbcglobal.net", "seznam.cz",
		"sfr.fr", "shaw.ca", "sina.cn", "sina.com", "sky.com", "skynet.be", "softbank.ne.jp", "sohu.com",
		"spray.se", "startmail.com", "stofanet.dk", "sunrise.ch", "suomi24.fi", "sympatico.ca",
		"t-email.hu", "t-online.de", "talktalk.net", "telefonica.net", "telenet.be", "telia.com",
		"telus.net", "terra.cl", "terra.com.br", "terra.es", "tim.it", "tin.it", "tiscali.cz", "tiscali.it",
		"tlen.pl", "tuta.com", "tuta.io", "tutanota.com", "ukr.net", "unitybox.de", "uol.com.br", "upcmail.nl",
		"verizon.net", "videotron.ca", "vip.163.com", "vip.qq.com", "virgilio.it", "virginmedia.com",
		"vodafone.de", "volny.cz", "walla.co.il", "wanadoo.fr", "web.de", "windstream.net", "wo.cn",
		"wp.pl", "xs4all.nl", "xtra.co.nz", "ya.com", "ya.ru", "yahoo.ca", "yahoo.co.in", "yahoo.co.jp",
		"yahoo.co.uk", "yahoo.com", "yahoo.com.au", "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it",
		"yandex.com", "yandex.ru", "yeah.net", "ymail.com", "ziggo.nl", "zoho.com", "zohomail.com", "zoznam.sk":
		return true
	}
	return false
}

// manyLands reports whether a provider gives addresses under the domains of many countries.
func manyLands(provider string) bool {
	switch provider {
	case "yahoo", "hotmail", "live", "outlook", "gmx", "ymail", "yandex":
		return true
	}
	return false
}

// national reports whether s is the domain of a country, or the commercial one within it.
func national(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "co."), "com.")
	return len(s) == 2
}
