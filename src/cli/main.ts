import { backupCommand } from './backup.ts'
import { copyCommand } from './copy.ts'
import { journalCommand } from './journal.ts'
import { replayCommand } from './replay.ts'
import { restoreCommand } from './restore.ts'

const USAGE = `npm run kyc -- <command>

  journal [--reason <reason>] [--since <day or time>] [--open] [--before <id>] [--limit <count>]
                          deliveries that were not appended, newest first, in pages
  journal show <id>       one of them, with its body; --raw for the bytes as they came
  journal resubmit <id>   deliver it again to the running service (KYC_URL, default http://127.0.0.1:$PORT)
  journal resubmit --reason <reason> [--since <day or time>]
                          all of a kind that are not done
  replay [--dry-run]      rebuild the read model from the log, compare, put it in use
  copy --from <event store> --to <event store>
                          copy the log into another store, and compare
  backup <new directory>  copy the embedded log and the journal, and look through the copies; the service may run
  restore <backup>        put them back; the service must not run. Both: --log-only leaves the journal out`

// Whatever this process creates is its user's alone: it holds personal data.
process.umask(0o077)

const [command, ...words] = process.argv.slice(2)
if (command === 'journal') process.exitCode = await journalCommand(words, process.env)
else if (command === 'replay') process.exitCode = await replayCommand(words, process.env)
else if (command === 'backup') process.exitCode = await backupCommand(words, process.env)
else if (command === 'restore') process.exitCode = await restoreCommand(words, process.env)
else if (command === 'copy') process.exitCode = await copyCommand(words)
else {
  console.log(USAGE)
  process.exitCode = command === undefined || command === 'help' ? 0 : 2
}
