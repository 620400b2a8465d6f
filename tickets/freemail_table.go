package tickets

import "strings"

// FreeMail reports whether a mail domain, in lower case, gives addresses to anybody, so that two people of it need not know
// each other.
func FreeMail(domain string) bool {
	if provider, country, ok := strings.Cut(domain, "."); ok && national(country) && manyLands(provider) || relays(domain) {
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
		"yandex.com", "yandex.ru", "yeah.net", "ymail.com", "ziggo.nl", "zoho.com", "zohomail.com", "zoznam.sk",
		"012.net.il", "013.net", "10minutemail.com", "123mail.org", "21cn.com", "263.net", "8alias.com",
		"9online.fr", "abv.com", "addy.io", "addymail.com", "aleeas.com", "aliceadsl.com", "aliyun.cn",
		"ameritech.net", "anonaddy.com", "anonaddy.me", "aol.co.uk", "apollo.lv", "arnet.com.ar", "autistici.org",
		"autograf.pl", "azet.com", "belgacom.net", "bellaliant.net", "bezeqint.co.il", "biglobe.ne.jp", "bigmir.net",
		"bigpond.net.au", "bluemail.ch", "blueyonder.com", "bostream.se", "broadpark.no", "btopenworld.com",
		"buziaczek.pl", "c2i.net", "cableone.net", "casema.net", "cegetel.net", "centrum.sk", "centurytel.net",
		"chello.hu", "chollian.net", "ciudad.com.ar", "cogeco.ca", "comhem.se", "consultant.com", "countermail.com",
		"ctemplar.com", "dbmail.com", "dion.ne.jp", "dir.bg", "disroot.org", "dralias.com", "dreamwiz.com",
		"e-mail.de", "eastlink.ca", "eclipso.de", "eclipso.eu", "eim.ae", "elisanet.fi", "email.it", "email.sk",
		"embarqmail.com", "emirates.net.ae", "empal.com", "engineer.com", "eunet.rs", "excite.co.jp", "fastmail.net",
		"fastmail.to", "fastmail.us", "fibertel.com.ar", "forthnet.gr", "freemail.gr", "frisurf.no",
		"frontiernet.net", "gawab.com", "gbg.bg", "globo.com", "globomail.com", "go2.pl", "goo.jp",
		"googlemail.co.uk", "guerrillamail.com", "hanmir.com", "hey.xyz", "hinet.net", "hol.gr", "home.se", "hot.ee",
		"hughes.net", "hushmail.me", "iafrica.com", "in.com", "in.gr", "inbox.com", "indiatimes.com", "inet.hr",
		"infoseek.jp", "inode.at", "interia.eu", "internet.ru", "internode.com", "invitel.hu", "jcom.home.ne.jp",
		"katamail.com", "keemail.me", "knology.net", "kolabnow.com", "kolumbus.com", "korea.com", "kpnplanet.nl",
		"lavabit.com", "letterboxes.org", "lineone.net", "lycos.co.kr", "magenta.at", "mail.dk", "mail.kz",
		"mail.t-com.sk", "mail.tele.dk", "mail.ua", "mailc.net", "mailfence.be", "mailinator.com", "maktoob.com",
		"mindspring.com", "mozmail.com", "mts.net", "mweb.co.za", "myfastmail.com", "net.hr",
		"neti.ee", "netscape.net", "netvigator.com", "nifty.com", "noos.fr", "nvbell.net", "o2.co.uk", "ocn.ne.jp",
		"oi.com.br", "online.ua", "onmail.com", "opayq.com", "optimum.net", "optinet.hr", "otenet.gr",
		"ozemail.com.au", "pacbell.net", "pandora.be", "passinbox.com", "passmail.com", "passmail.net",
		"passport.com", "pchome.com.tw", "pec.it", "peoplepc.com", "plala.or.jp", "plus.net", "pm.com", "pobox.com",
		"poczta.fm", "poczta.onet.pl", "poczta.pl", "post.com", "post.sk", "pp.inet.fi", "prodigy.net",
		"prodigy.net.mx", "protonmail.de", "q.com", "r7.com", "rediff.com", "relay.firefox.com",
		"riseup.net", "runbox.no", "sasktel.net", "saunalahti.fi", "sbb.rs", "sbcglobal.com", "scarlet.be",
		"seed.net.tw", "sent.com", "sify.com", "silomails.com", "simplelogin.co", "simplelogin.com",
		"simplelogin.fr", "singnet.com.sg", "siol.net", "skiff.com", "slmail.me", "smile.net.il", "snet.net",
		"so-net.ne.jp", "soverin.net", "speedy.com.ar", "starhub.net.sg", "start.no", "streamyx.com",
		"suddenlink.net", "supereva.it", "superig.com.br", "swbell.net", "swissonline.ch", "t-2.net", "t-online.hu",
		"takas.lt", "talk21.com", "tdcadsl.dk", "teksavvy.com", "tele2.nl", "telfort.nl", "telia.se", "telkomsa.net",
		"telusplanet.net", "temp-mail.org", "tiscali.co.uk", "tm.net.my", "tom.com", "tpg.com.au", "trashmail.com",
		"tutamail.com", "tvcablenet.be", "unitel.co.kr", "upcmail.hu", "usa.com", "utanet.at", "versatel.nl",
		"vipmail.hu", "vodafone.it", "vodafonemail.de", "vodamail.co.za", "volja.net", "voo.be", "vp.pl", "vsnl.com",
		"vsnl.net", "vtxmail.ch", "walla.com", "warpmail.net", "webmail.co.za", "webspeed.dk", "welho.com",
		"westnet.com.au", "windowslive.com", "wowway.com", "wxs.nl", "yahoo.com.tw", "yopmail.com", "zipmail.com.br",
		"zoho.eu", "zoho.in", "zohomail.eu", "zohomail.in", "zonnet.nl":
		return true
	}
	return false
}

// relays reports whether a domain is one under which a market place, a network or a service lets its users write to each
// other, each by an address of its own making.
func relays(domain string) bool {
	for _, suffix := range []string{
		"mozmail.com", "anonaddy.com", "anonaddy.me", "simplelogin.com", "duck.com",
		"reply.github.com", "users.noreply.github.com", "reply.craigslist.org", "txt.voice.google.com", "googlegroups.com", "groups.io", "yahoogroups.com",
		"reply.airbnb.com", "guest.airbnb.com", "host.airbnb.com", "messages.airbnb.com", "guest.booking.com", "messages.homeaway.com", "messages.vrbo.com",
		"mail.ebay-kleinanzeigen.de", "mail.kleinanzeigen.de", "messagerie.leboncoin.fr", "convos.etsy.com", "messages.shopify.com", "reply.linkedin.com",
	} {
		if domain == suffix || strings.HasSuffix(domain, "."+suffix) {
			return true
		}
	}
	market, _, _ := strings.Cut(domain, ".")
	rest := strings.TrimPrefix(domain, market+".")
	provider, land, _ := strings.Cut(rest, ".")
	return (market == "marketplace" || market == "m") && provider == "amazon" && (land == "com" || national(land)) ||
		(market == "members" || market == "reply") && provider == "ebay" && (land == "com" || national(land))
}

// manyLands reports whether a provider gives addresses under the domains of many countries.
func manyLands(provider string) bool {
	switch provider {
	case "yahoo", "hotmail", "live", "outlook", "gmx", "ymail", "yandex", "aol", "freemail", "windowslive":
		return true
	}
	return false
}

// national reports whether s is the domain of a country, or the commercial one within it.
func national(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "co."), "com.")
	return len(s) == 2
}
