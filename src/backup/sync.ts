import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Makes a file durable. */
export const sync = (path: string): void => {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Makes names in a directory as durable as the files that bear them. */
export const syncDirectory = sync
