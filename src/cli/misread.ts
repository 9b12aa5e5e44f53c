import { type ParseArgsConfig, parseArgs } from 'node:util'
import { isUserId } from '../../domain/identifiers.ts'
import { printable } from '../webhooks/printable.ts'

/** What is said of an option by the first sentence of a complaint of Node's. */
const complaint = (error: unknown): string =>
  error instanceof Error ? printable(error.message.split('. ')[0] ?? '') : 'the words cannot be read'

/**
 * What is wrong with words that ask the service for something, where one of them is to blame; `null` where only the usage tells. It
 * repeats no value.
 */
export const misread = (words: readonly string[], options: NonNullable<ParseArgsConfig['options']>): string | null => {
  try {
    const { values } = parseArgs({ args: [...words], options, allowPositionals: true })
    const { user, 'key-file': keyFile } = values
    if ([user ?? []].flat().some((one) => typeof one === 'string' && !isUserId(one)))
      return '--user: a positive whole number without leading zeros, of at most 19 digits'
    return words.length > 0 && keyFile === undefined && values['verify'] === undefined
      ? '--key-file: the file that holds the API key has to be named'
      : null
  } catch (error) {
    return complaint(error)
  }
}
