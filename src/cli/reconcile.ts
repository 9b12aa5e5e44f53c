import { parseArgs } from 'node:util'
import { isUserId } from '../../domain/identifiers.ts'
import { type Asked, linesOfService, serviceUrl } from './askService.ts'
import { misread } from './misread.ts'

const USAGE = `usage: reconcile [--dry-run] [--url <service>] --key-file <file>
       reconcile --sweep [--dry-run] [--url <service>] --key-file <file>
       reconcile --user <id> [--user <id> ...] [--dry-run] [--url <service>] --key-file <file>
       reconcile --resend --from <time> --to <time> [--dry-run] [--url <service>] --key-file <file>`

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  sweep: { type: 'boolean' },
  user: { type: 'string', multiple: true },
  resend: { type: 'boolean' },
  from: { type: 'string' },
  to: { type: 'string' },
  url: { type: 'string' },
  'key-file': { type: 'string' },
} as const

type Environment = Readonly<Record<string, string | undefined>>

/** What is asked for, as the body that the service takes; `null` where the words say nothing of that kind. */
const bodyOf = (
  words: readonly string[],
  environment: Environment,
): { readonly at: Asked; readonly body: object } | null => {
  const { values } = parseArgs({ args: [...words], options: OPTIONS })
  const { sweep, user: users, resend, from, to, url, 'key-file': keyFile, 'dry-run': dryRun = false } = values
  const chosen = [sweep, users !== undefined, resend].filter(Boolean).length
  const hasTimes = from !== undefined && to !== undefined
  const isRight = chosen <= 1 && hasTimes === (resend === true) && (from === undefined) === (to === undefined)
  if (keyFile === undefined || !isRight || users?.every(isUserId) === false) return null
  const at = { url: url ?? serviceUrl(environment), keyFile }
  if (users !== undefined) return { at, body: { kind: 'users', users, dryRun } }
  if (resend) return { at, body: { kind: 'resend', from, to, dryRun } }
  return { at, body: { kind: sweep ? 'sweep' : 'suspects', dryRun } }
}

const asked = (words: readonly string[], environment: Environment): ReturnType<typeof bodyOf> => {
  try {
    return bodyOf(words, environment)
  } catch {
    return null
  }
}

/** A line of the answer: what the description of the API says of it. */
interface Line {
  readonly type: 'recorded' | 'failed' | 'resent' | 'progress' | 'sum'
  readonly [member: string]: unknown
}

const place = (line: Line): string => {
  const observed = line['observed'] as { readonly stream: string; readonly revision: number } | null
  return observed === null ? 'would be recorded' : `${observed.stream}, revision ${observed.revision}`
}

const recordedInWords = (line: Line): string => {
  const { before, after } = line['status'] as { readonly before: string; readonly after: string }
  const status = before === after ? `stays ${after}` : `${before} -> ${after}`
  const says = line['knownToProvider'] === false ? 'knows no such user' : `says ${line['answer']}`
  const released = line['released'] as { readonly revision: number } | null
  const release = released === null ? '' : `; releases revision ${released.revision}, which was held back`
  return `${line['userId']}  ${status}  (${place(line)}; the provider ${says}${release})`
}

const countsInWords = (line: Line, be = ''): string =>
  `${line['checked']} checked, ${line['recorded']}${be} recorded, ${line['released']}${be} released, ${line['failed']} failed`

/** Nobody is checked where webhooks are sent again. */
const sumInWords = (line: Line): string => {
  const reason = line['reason'] === null ? [] : [String(line['reason'])]
  const counts =
    line['kind'] === 'resend'
      ? `${line['failed']} failed`
      : countsInWords(line, line['dryRun'] === true ? ' would be' : '')
  return `${line['outcome']}: ${[...reason, counts].join('; ')}`
}

const isTerminal = process.stderr.isTTY === true

const tell = (line: Line): void => {
  switch (line.type) {
    case 'recorded':
      return console.log(recordedInWords(line))
    case 'failed':
      return console.error(`${line['userId']}  ${line['reason']}`)
    case 'resent':
      return console.log(
        `${line['webhook']}  ${line['from']} to ${line['to']}  ${line['events'] ?? 'unknown'} events, ${line['outcome']}`,
      )
    case 'progress':
      if (isTerminal && line['through'] !== null) console.error(`${countsInWords(line)}; up to ${line['through']}`)
      return
    case 'sum':
      return console.error(sumInWords(line))
  }
}

/** `reconcile`: has the running service ask the provider, and tells what comes of it. Interrupted, it goes on where it was when it is asked again. Gives the exit code. */
export const reconcileCommand = async (words: readonly string[], environment: Environment): Promise<number> => {
  const what = asked(words, environment)
  if (what === null) {
    console.error([misread(words, OPTIONS), USAGE].filter((line) => line !== null).join('\n'))
    return 2
  }
  const leaving = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort())
  let last: Line | null = null
  try {
    for await (const line of linesOfService(what.at, '/reconciliations', what.body, leaving.signal)) {
      last = line as Line
      tell(last)
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error
    console.error('broken off: it goes on where it was when it is asked for again')
    return 130
  }
  if (last?.type !== 'sum') throw new Error('the answer broke off: it goes on where it was when it is asked for again')
  return last['outcome'] === 'complete' && last['failed'] === 0 ? 0 : 1
}
