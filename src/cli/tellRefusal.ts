import { printable } from '../webhooks/printable.ts'

/**
 * What the service answered instead of doing what was asked, in one line: status, sentence and kind of the problem. What else
 * stands in a problem, such as a proof of some thousand characters, is for programs.
 */
export const tellRefusal = (status: number, text: string): string => {
  try {
    const { type, detail } = JSON.parse(text)
    if (typeof type === 'string' && typeof detail === 'string') return printable(`${status} ${detail} (${type})`)
  } catch {
    // No problem of ours: something in between has answered.
  }
  return printable(`${status} ${text}`)
}
