package slackserver

// methodTable is the Web API as far as it is spoken: https://docs.slack.dev/reference/methods. Scopes
// are those of bot tokens; the tiers are the published ones.
func methodTable() map[string]method {
	read := []string{"channels:read", "groups:read", "im:read", "mpim:read"}
	history := []string{"channels:history", "groups:history", "im:history", "mpim:history"}
	return map[string]method{
		"api.test":              {run: apiTest, level: "none", tier: tier4},
		"auth.test":             {run: authTest, tier: tierSpecial},
		"auth.revoke":           {run: authRevoke, tier: tier3},
		"auth.teams.list":       {run: authTeamsList, tier: tier2},
		"apps.uninstall":        {run: appsUninstall, tier: tier1},
		"apps.connections.open": {run: connectionsOpen, level: "app", tier: tier1},
		"oauth.v2.access":       {run: oauthAccess, level: "none", tier: tier4},
		"team.info":             {run: teamInfo, scopes: []string{"team:read"}, tier: tier3},
		"bots.info":             {run: botsInfo, scopes: []string{"users:read"}, tier: tier3},

		"chat.postMessage":   {run: chatPostMessage, scopes: []string{"chat:write"}, tier: tierPosting},
		"chat.postEphemeral": {run: chatPostEphemeral, scopes: []string{"chat:write"}, tier: tier4},
		"chat.update":        {run: chatUpdate, scopes: []string{"chat:write"}, tier: tier3},
		"chat.delete":        {run: chatDelete, scopes: []string{"chat:write"}, tier: tier3},
		"chat.getPermalink":  {run: chatGetPermalink, tier: tierSpecial},

		"conversations.info":    {run: conversationsInfo, scopes: read, tier: tier3},
		"conversations.list":    {run: conversationsList, scopes: read, tier: tier2},
		"conversations.members": {run: conversationsMembers, scopes: read, tier: tier4},
		"conversations.open":    {run: conversationsOpen, scopes: []string{"im:write", "mpim:write"}, tier: tier3},
		"conversations.join":    {run: conversationsJoin, scopes: []string{"channels:join"}, tier: tier3},
		"conversations.history": {run: conversationsHistory, scopes: history, tier: tier3},
		"conversations.replies": {run: conversationsReplies, scopes: history, tier: tier3},

		"users.info":          {run: usersInfo, scopes: []string{"users:read"}, tier: tier4},
		"users.list":          {run: usersList, scopes: []string{"users:read"}, tier: tier2},
		"users.lookupByEmail": {run: usersLookupByEmail, scopes: []string{"users:read.email"}, tier: tier3},
		"users.conversations": {run: usersConversations, scopes: read, tier: tier3},

		"views.open":    {run: viewsOpen, tier: tier4},
		"views.push":    {run: viewsPush, tier: tier4},
		"views.update":  {run: viewsUpdate, tier: tier4},
		"views.publish": {run: viewsPublish, tier: tier4},

		"files.getUploadURLExternal":   {run: filesGetUploadURL, scopes: []string{"files:write"}, tier: tier4},
		"files.completeUploadExternal": {run: filesCompleteUpload, scopes: []string{"files:write"}, tier: tier4},
		"files.info":                   {run: filesInfo, scopes: []string{"files:read"}, tier: tier4},
		"files.delete":                 {run: filesDelete, scopes: []string{"files:write"}, tier: tier3},

		"reactions.add":    {run: reactionsAdd, scopes: []string{"reactions:write"}, tier: tier3},
		"reactions.remove": {run: reactionsRemove, scopes: []string{"reactions:write"}, tier: tier2},
		"reactions.get":    {run: reactionsGet, scopes: []string{"reactions:read"}, tier: tier3},
	}
}
