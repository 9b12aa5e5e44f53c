/** What a terminal or a reader would obey instead of showing it, and what it would show as nothing; not tab and line feed. */
const UNPRINTABLE = /[^\P{C}\t\n]|[\p{Zl}\p{Zp}]/gu

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** What outsiders sent, as text that is safe to show on a terminal; bytes that are no UTF-8 show as `\ufffd`. */
export const printable = (sent: Uint8Array | string): string => {
  const text = typeof sent === 'string' ? sent : new TextDecoder('utf-8', { ignoreBOM: true }).decode(sent)
  return text.replace(UNPRINTABLE, escaped).replaceAll('\ufffd', '\\ufffd')
}
