/** A number as a person reads it: 12,345. */
export const numberInWords = (count: number): string => count.toLocaleString('en-GB')

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** Bytes in the unit that fits: 1.5 MiB. */
export const sizeInWords = (bytes: number): string => {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`
}
