/** So many words go at once, and do not wait for the turn to be over: all of a turn in one message, and of two threads each waits while the other is at what it was told. */
const TOGETHER = 4

/**
 * Says what is said within one turn of the event loop in few messages, the last once the turn is over: to wake the thread that hears it is
 * dearer than what it is told.
 */
export const sayingTogether = <Word>(post: (words: readonly Word[]) => void): ((word: Word) => void) => {
  let words: Word[] = []
  const say = (): void => {
    if (words.length === 0) return
    const said = words
    words = []
    post(said)
  }
  return (word) => {
    const count = words.push(word)
    if (count === TOGETHER) say()
    else if (count === 1) setImmediate(say)
  }
}
