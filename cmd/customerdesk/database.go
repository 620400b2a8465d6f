package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/internal/config"
	"github.com/customerdesk/customerdesk/internal/postgres"
	"github.com/customerdesk/customerdesk/migrations"
)

// place is the database that the settings name: a server of the operator's, or the private cluster, which
// then runs until release.
type place struct {
	cfg     config.Config
	log     *slog.Logger
	key     []byte
	private *postgres.Cluster
	url     string // CUSTOMERDESK_DATABASE_URL, or the private cluster's
	logins  migrations.Logins
	// keyGenerated says that the secret key is the one in DATA_DIR.
	keyGenerated bool
}

func openPlace(ctx context.Context, cfg config.Config, log *slog.Logger) (*place, error) {
	p := &place{cfg: cfg, log: log, url: cfg.DatabaseURL}
	var err error
	if p.key, p.keyGenerated, err = cfg.Key(); err != nil {
		return nil, err
	}
	if p.url == "" {
		if p.private, err = postgres.StartPrivate(ctx, postgres.PrivateConfig{DataDir: cfg.DataDir, Logger: log}); err != nil {
			return nil, err
		}
		p.url = p.private.Superuser(postgres.Database)
	}
	if p.logins, err = migrations.LoginsFor(p.url, cfg.MigrateDatabaseURL, p.key); err != nil {
		return nil, errors.Join(err, p.release(ctx))
	}
	return p, nil
}

// release stops the private cluster where this command was the last to use it.
func (p *place) release(ctx context.Context) error {
	if p.private == nil {
		return nil
	}
	return p.private.Release(context.WithoutCancel(ctx))
}

// connect opens the service's pool: as the login that was given, or, where that is the owner's and no other
// was given, as the login that migrate has made.
func (p *place) connect(ctx context.Context) (*pgxpool.Pool, error) {
	url := p.logins.Service
	if p.private == nil {
		var err error
		if url, err = migrations.ServingURL(ctx, p.url, p.cfg.MigrateDatabaseURL, p.key); err != nil {
			return nil, err
		}
	}
	pool, err := postgres.Connect(ctx, url, postgres.Config{Setting: migrations.SettingDatabase})
	if err != nil && url != p.url {
		err = migrations.RefusedLogin(ctx, p.logins, err)
	}
	if err != nil {
		return nil, err
	}
	if err := postgres.CheckServiceRole(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// ready opens the service's pool on a database that has this binary's schema. A private cluster that is
// still empty is migrated first: nobody else can have been asked to do it.
func (p *place) ready(ctx context.Context) (*pgxpool.Pool, error) {
	if p.private != nil {
		all, err := migrations.Status(ctx, p.logins.Owner, p.logins.OwnerSetting)
		if err != nil {
			return nil, err
		}
		applied := func(s migrations.State) bool { return !s.AppliedAt.IsZero() }
		if !slices.ContainsFunc(all, applied) {
			if _, err := p.migrate(ctx, false); err != nil {
				return nil, err
			}
		}
	}
	pool, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := migrations.Check(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// migrate brings the schema up to date; resetLogin is for a secret key that is lost.
func (p *place) migrate(ctx context.Context, resetLogin bool) (migrations.Report, error) {
	return migrations.Up(ctx, migrations.Config{Logins: p.logins, Logger: p.log, ResetLogin: resetLogin})
}
