/** What would be obeyed instead of shown, or seen as nothing; also what ends a line. */
const UNSHOWN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** What outsiders sent, as text of one line. */
export const shown = (text: string): string => text.replaceAll(UNSHOWN, '\ufffd')
