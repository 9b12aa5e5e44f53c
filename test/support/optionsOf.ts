const read = <A>(options: () => A | string): A | string => {
  try {
    return options()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * The options that a script was started with. `options` reads them; what is wrong with them it gives as a text or throws, as `parseArgs` does: that ends
 * the process with 2. Asked for help, it ends with 0.
 */
export const optionsOf = <A extends { readonly help: boolean }>(usage: string, options: () => A | string): A => {
  const values = read(options)
  if (typeof values === 'string') {
    console.error(`${values}\n\n${usage}`)
    process.exit(2)
  }
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  return values
}
