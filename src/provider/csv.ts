import type { Read } from './transport.ts'

const QUOTE = 0x22
const NEWLINE = 0x0a
const RETURN = 0x0d
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/**
 * Counts the records of a CSV (RFC 4180), and keeps nothing of it; stops beyond `most`, and gives what was counted. Whether its first line is a header is not
 * documented: it is one if no digit stands in it, which every webhook has some of.
 */
export const countRecords =
  (most: number): Read<number> =>
  async (chunks) => {
    let records = 0
    let isQuoted = false
    let isEmpty = true
    let hasDigit = false
    const end = (): void => {
      if (!isEmpty && (records > 0 || hasDigit)) records += 1
      isEmpty = true
    }
    for await (const chunk of chunks) {
      for (const byte of chunk) {
        if (byte === QUOTE) isQuoted = !isQuoted
        if (isDigit(byte)) hasDigit = true
        if (byte === NEWLINE && !isQuoted) end()
        else if (byte !== RETURN) isEmpty = false
      }
      if (records > most) break
    }
    end()
    return records
  }
