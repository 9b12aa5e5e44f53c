import { isStoreDamaged } from './readFailure.ts'

/** What a read of the store gives, or `otherwise` where what lies there is damaged: that is told elsewhere, and is not gone. */
export const unlessDamaged = async <A>(read: Promise<A>, otherwise: A): Promise<A> => {
  try {
    return await read
  } catch (error) {
    if (isStoreDamaged(error)) return otherwise
    throw error
  }
}
