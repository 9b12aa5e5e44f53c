const DAMAGED = 'TREE_DAMAGED'

/** The error of a read of the tree's files that cannot be what was written there. The tree can be made anew from the log. */
export const treeDamaged = (reason: string): Error =>
  Object.assign(new Error(`the files of the log's tree are damaged: ${reason}`), { code: DAMAGED })

export const isTreeDamaged = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === DAMAGED

/** What the file system says where a file is not what was written there. */
const NOT_WHAT_WAS_WRITTEN: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EIO', 'EUCLEAN'])

/** What `read` gives. Throws that the tree is damaged where the file is gone, is no file any more or cannot be read from the disk. */
export const orDamaged = <A>(what: string, read: () => A): A => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !NOT_WHAT_WAS_WRITTEN.has(error.code)) throw error
    throw treeDamaged(`${what} cannot be read (${error.code})`)
  }
}
