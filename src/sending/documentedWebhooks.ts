import { readdirSync, readFileSync } from 'node:fs'

const DIRECTORY = new URL('./documented/', import.meta.url)
const ENDING = '.json'

/** The nineteen webhooks of the provider's documentation (docs.treezor.com, guide/user-verification/events), such as `qes.finalized.canceled`. */
export const documentedNames: readonly string[] = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
  .sort()

/** One of them as it is documented: its signature was made with a secret nobody knows, over other data. */
export const documentedText = (name: string): string => readFileSync(new URL(`${name}${ENDING}`, DIRECTORY), 'utf8')
