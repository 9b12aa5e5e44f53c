import { parseArgs } from 'node:util'
import { isUserId } from '../../domain/identifiers.ts'
import { postToService, serviceUrl } from './askService.ts'
import { misread } from './misread.ts'

const USAGE = `usage: hold place --user <id> --reason <text> [--url <service>] --key-file <file>
       hold lift --user <id> --hold <number> --reason <text> [--url <service>] --key-file <file>`

const OPTIONS = {
  user: { type: 'string' },
  hold: { type: 'string' },
  reason: { type: 'string' },
  url: { type: 'string' },
  'key-file': { type: 'string' },
} as const

type Environment = Readonly<Record<string, string | undefined>>

/** What is asked for, as a path of the service and the rest of it; `null` where the words say nothing of that kind. */
const askedOf = (words: readonly string[], environment: Environment) => {
  const { values, positionals } = parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true })
  const { user = '', hold, reason, url, 'key-file': keyFile } = values
  if (!isUserId(user) || reason === undefined || keyFile === undefined || positionals.length !== 1) return null
  const of = { reason, at: { url: url ?? serviceUrl(environment), keyFile } }
  if (positionals[0] === 'place' && hold === undefined) return { ...of, path: `/users/${user}/holds` }
  if (positionals[0] !== 'lift' || hold === undefined || !/^\d+$/.test(hold)) return null
  return { ...of, path: `/users/${user}/holds/${hold}/lift` }
}

const asked = (words: readonly string[], environment: Environment): ReturnType<typeof askedOf> => {
  try {
    return askedOf(words, environment)
  } catch {
    return null
  }
}

/** `hold place`, `hold lift`: has the running service record it, under the name of the key. Gives the exit code. */
export const holdCommand = async (words: readonly string[], environment: Environment): Promise<number> => {
  const what = asked(words, environment)
  if (what === null) {
    console.error([misread(words, OPTIONS), USAGE].filter((line) => line !== null).join('\n'))
    return 2
  }
  const { hold } = (await postToService(what.at, what.path, { reason: what.reason })) as { readonly hold: number }
  console.log(what.path.endsWith('/lift') ? `hold ${hold} is lifted` : `hold ${hold} is placed`)
  return 0
}
