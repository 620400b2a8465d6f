package email

const serveArgument = "serve-mail-for-the-memory-benchmark"

func serveForMemory() {}
