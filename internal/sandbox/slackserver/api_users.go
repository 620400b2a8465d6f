package slackserver

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wireUser is a person as users.info has it; the email only with its scope.
func wireUser(t *team, u *User, email bool) Object {
	profile := Object{"real_name": u.RealName, "real_name_normalized": u.RealName, "display_name": u.RealName,
		"display_name_normalized": u.RealName, "title": u.Title, "team": t.ID, "image_48": "", "image_72": ""}
	if email && !u.bot && u.Email != "" {
		profile["email"] = u.Email
	}
	if u.bot {
		profile["bot_id"], profile["api_app_id"] = u.botID, u.appID
	}
	return Object{
		"id": u.ID, "team_id": t.ID, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted,
		"tz": u.TZ, "tz_label": u.TZ, "tz_offset": zoneOffset(u.TZ), "profile": profile, "is_admin": u.Admin, "is_owner": u.Admin,
		"is_primary_owner": false, "is_restricted": false, "is_ultra_restricted": false, "is_bot": u.bot,
		"is_app_user": false, "updated": 1700000000,
	}
}

func zoneOffset(tz string) int {
	loc, err := time.LoadLocation(tz)
	if err != nil {
		return 0
	}
	_, off := time.Now().In(loc).Zone()
	return off
}

func (c *call) mayEmail() bool { return slices.Contains(c.token.scopes, "users:read.email") }

func usersInfo(c *call) (Object, error) {
	u := c.token.team.users[c.arg("user")]
	if u == nil {
		return nil, fail("user_not_found")
	}
	return Object{"user": wireUser(c.token.team, u, c.mayEmail())}, nil
}

func usersLookupByEmail(c *call) (Object, error) {
	t := c.token.team
	for _, id := range t.userIDs {
		if u := t.users[id]; !u.bot && !u.Deleted && u.Email != "" && strings.EqualFold(u.Email, c.arg("email")) {
			return Object{"user": wireUser(t, u, true)}, nil
		}
	}
	return nil, fail("users_not_found")
}

func usersList(c *call) (Object, error) {
	t := c.token.team
	ids, next, err := page(c, t.userIDs, 200, 1000)
	if err != nil {
		return nil, err
	}
	members := make([]any, 0, len(ids))
	for _, id := range ids {
		members = append(members, wireUser(t, t.users[id], c.mayEmail()))
	}
	return Object{"members": members, "cache_ts": c.s.clock().Unix(), "response_metadata": Object{"next_cursor": next}}, nil
}

// page cuts a list by the arguments limit and cursor.
func page[T any](c *call, all []T, def, top int) (items []T, next string, err error) {
	n, err := c.limit(def, top)
	if err != nil {
		return nil, "", err
	}
	from := 0
	if cur := c.arg("cursor"); cur != "" {
		raw, err := base64.StdEncoding.DecodeString(cur)
		at, found := strings.CutPrefix(string(raw), "offset:")
		from, _ = strconv.Atoi(at)
		if err != nil || !found || from < 0 || from > len(all) {
			return nil, "", fail("invalid_cursor")
		}
	}
	to := min(len(all), from+n)
	if to < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte("offset:" + strconv.Itoa(to)))
	}
	return all[from:to], next, nil
}
