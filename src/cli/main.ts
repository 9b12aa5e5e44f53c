import { run } from './run.ts'

// Whatever this process creates is its user's alone: it holds personal data.
process.umask(0o077)

/** As who is ended by SIGPIPE. */
const NOBODY_READS = 141

// Whoever reads may have seen enough (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(NOBODY_READS)
})

process.exitCode = await run(process.argv.slice(2), process.env)
