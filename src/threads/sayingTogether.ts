/**
 * Says what is said within one turn of the event loop in one message, once the turn is over: to wake the thread that hears it is dearer than
 * what it is told.
 */
export const sayingTogether = <Word>(post: (words: readonly Word[]) => void): ((word: Word) => void) => {
  let words: Word[] = []
  const say = (): void => {
    const said = words
    words = []
    post(said)
  }
  return (word) => {
    if (words.push(word) === 1) setImmediate(say)
  }
}
