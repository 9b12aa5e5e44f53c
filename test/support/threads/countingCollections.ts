/** Counts, instead of doing them, the collections of garbage that are asked for in this thread, until it is put back. */
export const countingCollections = () => {
  const { gc } = globalThis
  let collected = 0
  const collect = async (): Promise<void> => {
    collected += 1
  }
  globalThis.gc = collect as unknown as NodeJS.GCFunction
  return {
    collected: (): number => collected,
    putBack: (): void => {
      if (gc === undefined) Reflect.deleteProperty(globalThis, 'gc')
      else globalThis.gc = gc
    },
  }
}
