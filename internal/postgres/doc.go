// Package postgres connects to the database and, where none is given, brings one of its own.
//
// The private cluster is for a laptop, a first try and a small team: found binaries, a Unix socket only, a
// generated superuser password. It promises three things. Commands that are given the same data directory
// share one server: the first starts it, the last stops it. Whatever is killed, however hard, the next
// command sets right. And it runs wherever the data directory lies, also as root, whom Postgres refuses.
//
// # Sharing
//
// Two lock files decide (flock, so a killed process lets go by itself). Everyone who uses the server holds
// users.lock shared for as long as they do. Whoever starts, adopts or stops it holds turn.lock meanwhile. A
// command that leaves takes its turn and asks for users.lock exclusively; only the last one gets it, and
// stops the server. Where the last one was killed the server stays up, and the next command adopts it.
//
// # Who runs the server when root starts it
//
// The system user customerdesk, else postgres, if it can reach the data directory. Otherwise root's own
// files under another name: a user namespace in which root's id shows as that of an ordinary user, which
// satisfies Postgres and needs no change to any folder. Where namespaces are not allowed (some
// containers), the cluster lies in /var/lib/customerdesk with a symbolic link to it in the data directory.
//
// # Files
//
//	DATA_DIR/postgres/
//	    cluster             the cluster, or a symbolic link to where it lies
//	    socket              the socket's folder, or a symbolic link to a short path for it
//	    superuser-password  mode 0600
//	    server.log          what the server said
//	    turn.lock users.lock
package postgres
