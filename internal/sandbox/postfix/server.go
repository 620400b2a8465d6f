package postfix

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/daemon"
)

const (
	startLimit = time.Minute // a busy machine loads a dozen programs first
	probeEvery = 20 * time.Millisecond
	// startTries covers the moment in which another process takes a port that was free. What Postfix says of that is lost
	// with the process that would write it down.
	startTries = 3
)

var errEnded = errors.New("postfix ended at once")

// A Server is a private Postfix. Judge and JudgeMessage may be called from any goroutine, the other methods from one at a time.
type Server struct {
	config  Config
	program program
	dir     string
	policy  *policy
	ports   struct{ mx, submission, submissions, far int }
	process *daemon.Process // nil while stopped
}

// Start runs a Postfix for config and returns when it greets. It returns ErrMissing or ErrNotRoot where that cannot
// be, else an error with the end of Postfix's log. The caller must call Stop; ctx bounds the starting alone.
func Start(ctx context.Context, config Config) (*Server, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	if config.MaxMessage == 0 {
		config.MaxMessage = 10_240_000
	}
	s := &Server{config: config, program: program}
	// Not os.TempDir: it may be long, or closed to Postfix's unprivileged processes.
	if s.dir, err = os.MkdirTemp("/tmp", "postfix-"); err != nil {
		return nil, fmt.Errorf("make postfix's folder: %w", err)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start postfix: %w", err), s.Stop())
	}
	return s, nil
}

func (s *Server) prepare(ctx context.Context) error {
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	err := s.makeFolders()
	if err != nil {
		return err
	}
	if s.policy, err = startPolicy(); err != nil {
		return err
	}
	for range startTries {
		ports, listenErr := daemon.FreePorts(4)
		if listenErr != nil {
			return listenErr
		}
		s.ports.mx, s.ports.submission, s.ports.submissions, s.ports.far = ports[0], ports[1], ports[2], ports[3]
		s.policy.setFarPort(s.ports.far)
		if err = s.writeConfig(); err != nil {
			return err
		}
		if err = s.run(ctx); !errors.Is(err, errEnded) {
			return err
		}
	}
	return err
}

// run launches the master and waits until the ports greet. The script "postfix" that usually does so would check, and
// mend, the machine's own installation.
func (s *Server) run(ctx context.Context) error {
	cmd := exec.Command(filepath.Join(s.program.daemons, "master"), "-c", s.dir, "-d")
	cmd.Env = []string{"MAIL_CONFIG=" + s.dir, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"}
	if s.program.libs != "" {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+s.program.libs)
	}
	p, err := daemon.Launch(cmd, s.LogFile())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		err := errors.Join(greets(ctx, s.Addr()), greets(ctx, address(s.ports.submission)), greets(ctx, address(s.ports.far)))
		if err == nil {
			s.process = p
			return nil
		}
		select {
		case <-tick.C:
		case <-p.Exited():
			return errors.Join(fmt.Errorf("%w: %s", errEnded, s.lastLog()), p.End(syscall.SIGKILL))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("postfix does not answer: %w: %s", err, s.lastLog()), p.End(syscall.SIGKILL))
		}
	}
}

func greets(ctx context.Context, addr string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	deadline, _ := ctx.Deadline() // The first process behind a port takes a while to load.
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(line, "220 ") {
		return fmt.Errorf("%s greets with %q", addr, line)
	}
	_, err = conn.Write([]byte("QUIT\r\n"))
	return err
}

// lastLog is the end of Postfix's log, for errors.
func (s *Server) lastLog() string {
	const enough = 3000
	data, err := os.ReadFile(s.LogFile())
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data[max(0, len(data)-enough):]))
}

// Judge has every recipient decided by f, which returns [Pass], a reply such as "450 4.2.0 try again later", or another
// action of Postfix's access(5). It is called from other goroutines. Nil lets Postfix itself decide.
func (s *Server) Judge(f func(Request) (action string)) { s.policy.set(f) }

// JudgeMessage has every message decided by f once Postfix has all of it and before it answers for it: while f waits, so
// does the sender, and a Postfix that is killed then has nothing of the message. Otherwise it is like Judge.
func (s *Server) JudgeMessage(f func(Request) (action string)) { s.policy.setEnd(f) }

// Kill ends all of Postfix's processes at once, as a power cut would. Restart brings it back.
func (s *Server) Kill() error { return s.halt(syscall.SIGKILL) }

// Restart stops Postfix, which ends every connection, and starts it again on the same ports with the same queue. It
// also starts one that was killed.
func (s *Server) Restart(ctx context.Context) error {
	err := s.halt(syscall.SIGTERM)
	if err != nil {
		return err
	}
	for range startTries { // A process that is still dying may hold a port.
		if err = s.run(ctx); !errors.Is(err, errEnded) {
			return err
		}
	}
	return err
}

// Stop ends Postfix and removes its folder with all mail that is still on its way. Stopping twice is harmless.
func (s *Server) Stop() error {
	err := s.halt(syscall.SIGTERM)
	if s.policy != nil {
		s.policy.close()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func (s *Server) halt(signal syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	p := s.process
	s.process = nil
	return p.End(signal)
}

// PID is the process id of Postfix's master, which leads its process group, or 0 while it is stopped.
func (s *Server) PID() int {
	if s.process == nil {
		return 0
	}
	return s.process.PID()
}

// LogFile is the path of Postfix's log.
func (s *Server) LogFile() string { return filepath.Join(s.dir, "postfix.log") }

// Addr is the port at which other servers deliver mail, without a login.
func (s *Server) Addr() string { return address(s.ports.mx) }

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// STARTTLSURL is the URL by which a user sends, such as
// "smtp://support%40desk.example:secret@127.0.0.1:4587?tls=starttls". The certificate is Dovecot's.
func (s *Server) STARTTLSURL(name string) string { return s.url(name, s.ports.submission, "starttls") }

// TLSURL is the URL of the port with implicit TLS.
func (s *Server) TLSURL(name string) string { return s.url(name, s.ports.submissions, "implicit") }

func (s *Server) url(name string, port int, mode string) string {
	u := url.URL{Scheme: "smtp", Host: address(port), RawQuery: "tls=" + mode}
	for _, user := range s.config.Dovecot.Users() {
		if user.Name == name {
			u.User = url.UserPassword(user.Name, user.Password)
		}
	}
	return u.String()
}
