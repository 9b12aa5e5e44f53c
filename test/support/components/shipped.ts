export const SBOM_FILE = 'deploy/sbom.cdx.json'

/** As much of a package-lock.json as is looked at. */
export interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly version?: string; readonly license?: string; readonly integrity?: string; readonly dev?: boolean }
    >
  >
}

/** A package of a lock. */
export interface Locked {
  readonly name: string
  readonly version: string
  /** An SPDX expression, or what the package says instead. */
  readonly licence: string
  readonly integrity: string
}

/** The entries of a lock that are installed where nothing is developed, by their places. */
export const shippedPackages = ({ packages }: Lock) =>
  Object.entries(packages).filter(([place, { dev }]) => place !== '' && dev !== true)

export const lockedPackages = (lock: Lock): readonly Locked[] =>
  shippedPackages(lock).map(([place, { version = '', license = 'not stated', integrity = '' }]) => ({
    name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    licence: license,
    integrity,
  }))
