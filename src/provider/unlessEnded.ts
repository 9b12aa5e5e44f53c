/** What comes of it, or `otherwise` as soon as it is no longer waited for. It goes on by itself. */
export const unlessEnded = <A>(coming: Promise<A>, signal: AbortSignal, otherwise: A): Promise<A> => {
  if (signal.aborted) return Promise.resolve(otherwise)
  return new Promise((tell, fail) => {
    const abort = (): void => tell(otherwise)
    signal.addEventListener('abort', abort, { once: true })
    coming.then(tell, fail).finally(() => signal.removeEventListener('abort', abort))
  })
}
