import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const DIRECTORY = 'KYC_SEEN_ANSWERS'

const seen = new Set<string>()
const told = new Set<string>()

/** Notes that an answer with this status was seen. */
export const noteSeen = (answer: string): void => void seen.add(answer)

/** Tells the process that runs all tests what was seen in this one. */
export const tellSeen = (): void => {
  const directory = process.env[DIRECTORY]
  if (directory === undefined) return
  const news = [...seen].filter((answer) => !told.has(answer))
  for (const answer of news) told.add(answer)
  if (news.length > 0) appendFileSync(join(directory, String(process.pid)), news.map((one) => `${one}\n`).join(''))
}

/** Begins to collect what is seen in all processes that this one starts from now on; gives what was, once. */
export const collectSeen = (): (() => ReadonlySet<string>) => {
  const directory = mkdtempSync(join(tmpdir(), 'kyc-ledger-seen-'))
  process.env[DIRECTORY] = directory
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  process.once('exit', remove)
  return () => {
    tellSeen()
    const files = readdirSync(directory)
    return new Set(
      files.flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n')).filter((one) => one !== ''),
    )
  }
}
