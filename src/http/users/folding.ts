import { unfoldable } from '../../readModel/uncertain.ts'

/** Marks what the domain throws: it is thrown by the events of one user. */
export const folding = <A>(make: () => A): A => {
  try {
    return make()
  } catch (error) {
    throw unfoldable(error)
  }
}

/** As `folding`, of what takes its time. */
export const foldingLong = async <A>(make: () => Promise<A>): Promise<A> => {
  try {
    return await make()
  } catch (error) {
    throw unfoldable(error)
  }
}
