package slackserver

// Ids and tokens of DemoConfig, for tests and the demo.
const (
	DemoTeam      = "T01NORTHWND"
	DemoChannel   = "C01SUPPORT0"
	DemoGeneral   = "C01GENERAL0"
	DemoApp       = "A01CUSTDESK"
	DemoBot       = "B01CUSTDESK"
	DemoBotUser   = "U01CUSTDESK"
	DemoMaya      = "U01MAYAOKAF" // maya@northwind.example, the admin
	DemoJonas     = "U01JONASBRK" // jonas@northwind.example
	DemoPriya     = "U01PRIYANAI" // priya@northwind.example
	DemoOskar     = "U01OSKARLIN" // oskar@northwind.example, of the workspace but no support member
	DemoBotToken  = "xoxb-demo-northwind-bot-token"
	DemoAppToken  = "xapp-1-A01CUSTDESK-demo-app-token"
	DemoSecret    = "8f742231b10e8888abcd99yyyzzz85a5" // the signing secret
	DemoClientID  = "1000000000.2000000000"
	DemoClientKey = "demo-client-secret"
)

// DemoConfig is a workspace "Northwind Support" with a #support channel, three support members, one
// colleague who is none, and the app CustomerDesk installed with all scopes and events it may need.
func DemoConfig() Config {
	people := []string{DemoMaya, DemoJonas, DemoPriya, DemoOskar}
	return Config{
		Teams: []Team{{
			ID: DemoTeam, Name: "Northwind Support", Domain: "northwind",
			Users: []User{
				{ID: DemoMaya, Name: "maya", RealName: "Maya Okafor", Title: "Head of Support", Email: "maya@northwind.example", Admin: true},
				{ID: DemoJonas, Name: "jonas", RealName: "Jonas Brekke", Title: "Support Engineer", Email: "jonas@northwind.example"},
				{ID: DemoPriya, Name: "priya", RealName: "Priya Nair", Title: "Support Engineer", Email: "priya@northwind.example"},
				{ID: DemoOskar, Name: "oskar", RealName: "Oskar Lind", Title: "Sales", Email: "oskar@northwind.example"},
			},
			Channels: []Channel{
				{ID: DemoChannel, Name: "support", Topic: "Customer mail arrives here", Members: append([]string{DemoBotUser}, people...)},
				{ID: DemoGeneral, Name: "general", Topic: "Company-wide announcements", Members: people},
			},
		}},
		Apps: []App{{
			ID: DemoApp, Name: "CustomerDesk", Description: "Customer support by mail and Slack",
			ClientID: DemoClientID, ClientSecret: DemoClientKey, SigningSecret: DemoSecret,
			VerificationToken: "demo-verification-token", AppToken: DemoAppToken,
			Events: []string{
				"app_home_opened", "app_mention", "app_uninstalled", "file_shared", "link_shared",
				"member_joined_channel", "message.channels", "message.groups", "message.im",
				"message_metadata_posted", "reaction_added", "reaction_removed", "team_join", "tokens_revoked",
			},
			Commands: []Command{{Name: "/desk", Description: "Work with tickets and articles", UsageHint: "list | open N | find … | help"}},
			Shortcuts: []Shortcut{
				{CallbackID: "new_ticket", Name: "New ticket", Kind: GlobalShortcut},
				{CallbackID: "make_ticket", Name: "Make a ticket", Kind: MessageShortcut},
			},
			Installs: []Install{{
				TeamID: DemoTeam, BotUserID: DemoBotUser, BotID: DemoBot, BotToken: DemoBotToken, Installer: DemoMaya,
				Scopes: []string{
					"app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "chat:write.customize",
					"commands", "files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read",
					"im:write", "links:read", "metadata.message:read", "reactions:read", "reactions:write", "team:read",
					"users:read", "users:read.email",
				},
			}},
		}},
	}
}
