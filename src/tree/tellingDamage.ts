import { isTreeDamaged } from './treeDamaged.ts'
import type { TreeReader } from './treeReader.ts'

/** The same reader, which tells `damaged`, besides whoever asks, when it comes upon damage. */
export const tellingDamage = (reader: TreeReader, damaged: () => void): TreeReader => {
  const telling =
    <Args extends readonly unknown[], A>(read: (...args: Args) => A) =>
    (...args: Args): A => {
      try {
        return read(...args)
      } catch (error) {
        if (isTreeDamaged(error)) damaged()
        throw error
      }
    }
  return {
    subtree: telling(reader.subtree),
    tile: telling(reader.tile),
    indexOf: telling(reader.indexOf),
    reaches: telling(reader.reaches),
  }
}
