/** A call gave no answer in time. What became of it is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/**
 * The outcome of `call`, or `NoAnswer` after `milliseconds`. The client keeps no deadline by itself; an answer that
 * comes later is dropped.
 */
export const within = <A>(milliseconds: number, call: Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new NoAnswer(`no answer within ${milliseconds} ms`)), milliseconds)
    const settled = (): void => clearTimeout(timer)
    call.finally(settled).then(resolve, reject)
  })
