/** A piece is full with so many UTF-16 units. */
const PIECE = 64 * 1024

/** A text that grows, and is held as bytes, in pieces: one of as many pieces as it has entries takes longer to be sent than to be made. */
export interface LongText {
  readonly add: (text: string) => void
  /** Of all that was added. */
  readonly pieces: () => readonly Uint8Array[]
}

export const longText = (): LongText => {
  const pieces: Uint8Array[] = []
  let last = ''
  const cut = (): void => {
    if (last !== '') pieces.push(Buffer.from(last))
    last = ''
  }
  return {
    add: (text) => {
      last += text
      if (last.length >= PIECE) cut()
    },
    pieces: () => {
      cut()
      return pieces
    },
  }
}
