import type { Environment } from '../config/config.ts'
import { inWords } from '../files/whyNot.ts'
import { printable } from '../webhooks/printable.ts'

const USAGE = `npm run kyc -- <command>

  send <example or file> [--user <id>] [--secret <secret>] [--to <service>] [--real]
                          sign a webhook and deliver it to the running service (KYC_URL, default http://127.0.0.1:$PORT);
                          --list names the documented examples. A file holds a webhook, flat or nested. --user puts another user
                          in it; the secret is TREEZOR_WEBHOOK_SECRET, or "development". Where it might be taken for real (another
                          machine, a secret of the environment), only with --real
  send --flow <life> [--pause <seconds>]
                          a documented life, webhook after webhook, and what the service says of the user after each
  journal [--reason <reason>] [--since <day or time>] [--open] [--before <id>] [--limit <count>]
                          deliveries that were not appended, newest first, in pages
  journal show <id>       one of them, with its body; --raw for the bytes as they came
  journal resubmit <id>   deliver it again to the running service (KYC_URL, default http://127.0.0.1:$PORT)
  journal resubmit --reason <reason> [--since <day or time>]
                          all of a kind that are not done
  replay [--dry-run]      rebuild the read model from the log, compare, put it in use; with --accept-lost-events also where
                          events of users were taken out of the log
  copy --from <event store> --to <event store>
                          copy the log into another store, and compare
  doctor [--json]         look whether configuration, machine, files and event store are as the service needs them
  clock                   show where clocks were wrong
  clock --accept --author <name> --reason <text> [--from <position> --to <position> | --none]
                          record that the receipts shown, or of that range, are wrong; an embedded service must not run
  verify                  go through the whole log: payloads, the provider's signatures, each stream, the checkpoints in it;
                          nothing is changed
  verify --key <verifier key> [--checkpoint <file>] [--witness <verifier key>]
                          and whether that key has signed them, the log begins with what the checkpoint in the file was
                          signed over, and that witness has cosigned; each may be given again
  verify <evidence file> --key <verifier key> [--witness <verifier key>]
                          check what was handed over about a user, without a log
  evidence <userId>       print all that is recorded of a user as an archive that shows by itself that it is in the log;
                          asks the running service (KYC_URL, KYC_API_KEY)
  seal-key                make the key that seals the log (SEAL_KEY_FILE), and print what its seals are checked with
  seal                    print a signed checkpoint of the log as it stands
  witness                 cosign the checkpoints of logs (WITNESS_LOGS), on a machine of somebody who does not write to them
  retention [--json]      who is due to go, why and since when, who is on legal hold, which erasures wait for somebody else to
                          confirm them, and what the next one would take
  erase --due | --user <id> --reason <text> [--authority <text>] [--url <service>] --key-file <file>
                          ask for the erasure of what is due, or of one user; asks the running service, as do the next ones
  erase --due --confirm | --user <id> --confirm <number> [--url <service>] --key-file <file>
                          confirm it, with the key of somebody else; --withdraw <number> --reason <text> takes it back
  erase --verify          look whether the event store still shows anything of what was erased
  hold place --user <id> --reason <text> [--url <service>] --key-file <file>
  hold lift --user <id> --hold <number> --reason <text> [--url <service>] --key-file <file>
                          place a legal hold, or lift one; asks the running service, with the API key in the file
  reconcile [--dry-run] [--url <service>] --key-file <file>
                          ask the provider about whoever looks as if a webhook never came, and record what it says; asks the
                          running service, as do the next ones. --dry-run prints what would be recorded
  reconcile --sweep | --user <id> [--dry-run] [--url <service>] --key-file <file>
                          about everybody, from where the last sweep was broken off; about one user, or more
  reconcile --resend --from <time> --to <time> [--dry-run] [--url <service>] --key-file <file>
                          have the provider send its signed webhooks of that time again
  release --user <id> [--url <service>] --key-file <file>
                          list the signed successes of a user that were held back, and their releases; asks the running service,
                          as do the next ones
  release --user <id> --event <event id or revision> --reason <text> [--url <service>] --key-file <file>
                          ask that one of them is released
  release --user <id> --confirm <number> [--url <service>] --key-file <file>
                          confirm it, with the key of somebody else
  erasures export         print who was erased of the log, signed with its key: keep it where the backups are
  erasures apply [<file>] erase again whom a restored backup brings back; without a file, by the list that DATA_DIR keeps;
                          the service must not run
  webhooks                how each endpoint of outgoing webhooks stands (WEBHOOKS_OUT)
  webhooks --on <endpoint>
                          switch one on again; the service may run
  backup <new directory>  copy the embedded log, the journal and what else of DATA_DIR cannot be made anew, and look through the
                          copies; the service may run
  backup --verify <directory>
                          and restore it into a temporary folder (TMPDIR), fold it, and hold it against the running service; a backup
                          that is there already is verified as it is
  backup --verify --restored <event store>
                          hold an EventStoreDB that was restored against the running service
  restore <backup>        put them back; the service must not run. Both: --log-only leaves the journal out`

/** What stands in the way of a command is a sentence; what is wrong with the program keeps its stack. */
const isSentence = (error: unknown): error is Error =>
  error instanceof Error && ['Error', 'SqliteError'].includes(error.name)

/** Only what is asked for is loaded: all of it takes half as long again as any one. */
const runOne = async (
  command: string | undefined,
  words: readonly string[],
  environment: Environment,
): Promise<number> => {
  switch (command) {
    case 'send':
      return (await import('./send.ts')).sendCommand(words, environment)
    case 'journal':
      return (await import('./journal.ts')).journalCommand(words, environment)
    case 'replay':
      return (await import('./replay.ts')).replayCommand(words, environment)
    case 'backup':
      return (await import('./backup.ts')).backupCommand(words, environment)
    case 'restore':
      return (await import('./restore.ts')).restoreCommand(words, environment)
    case 'doctor':
      return (await import('./doctor.ts')).doctorCommand(words, environment)
    case 'clock':
      return (await import('./clock.ts')).clockCommand(words, environment)
    case 'verify':
      return (await import('./verify.ts')).verifyCommand(words, environment)
    case 'evidence':
      return (await import('./evidence.ts')).evidenceCommand(words, environment)
    case 'seal-key':
      return (await import('./seal.ts')).sealKeyCommand(words, environment)
    case 'seal':
      return (await import('./seal.ts')).sealCommand(words, environment)
    case 'witness':
      return (await import('./witness.ts')).witnessCommand(words, environment)
    case 'retention':
      return (await import('./retention.ts')).retentionCommand(words, environment)
    case 'erase':
      return (await import('./erase.ts')).eraseCommand(words, environment)
    case 'reconcile':
      return (await import('./reconcile.ts')).reconcileCommand(words, environment)
    case 'hold':
      return (await import('./hold.ts')).holdCommand(words, environment)
    case 'release':
      return (await import('./release.ts')).releaseCommand(words, environment)
    case 'webhooks':
      return (await import('./webhooks.ts')).webhooksCommand(words, environment)
    case 'erasures':
      return (await import('./erasures.ts')).erasuresCommand(words, environment)
    case 'copy':
      return (await import('./copy.ts')).copyCommand(words)
    case undefined:
    case 'help':
      console.log(USAGE)
      return 0
    default:
      console.error(`there is no command ${printable(command)}: npm run kyc -- help lists them`)
      return 2
  }
}

const asksForHelp = (word: string): boolean => word === '--help' || word === '-h'

/** Does what one command says, tells of it on standard output and standard error, and gives the exit code. */
export const run = async ([command, ...words]: readonly string[], environment: Environment): Promise<number> => {
  try {
    return await runOne([command ?? '', ...words].some(asksForHelp) ? 'help' : command, words, environment)
  } catch (error) {
    if (!isSentence(error)) throw error
    console.error(`${command}: ${inWords(error)}`)
    return 1
  }
}
