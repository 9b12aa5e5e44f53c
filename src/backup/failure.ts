/**
 * Why there is no good backup: `differs`, what was backed up is not what the running service holds; `damaged`, of the log or of the backup
 * not all can be read; `broken-off`, the process that made it ended; `busy`, another one is being made.
 */
export const FAILURES = [
  'disk-full',
  'no-rights',
  'directory-missing',
  'damaged',
  'differs',
  'broken-off',
  'busy',
  'other',
] as const
export type BackupFailure = (typeof FAILURES)[number]

const BY_CODE: readonly (readonly [RegExp, BackupFailure])[] = [
  [/^(ENOSPC|EDQUOT|SQLITE_FULL)/, 'disk-full'],
  [/^(EACCES|EPERM|EROFS|SQLITE_READONLY|SQLITE_PERM|SQLITE_AUTH)/, 'no-rights'],
  [/^(ENOENT|ENOTDIR|ESTALE|ENODEV)/, 'directory-missing'],
  [/^(SQLITE_CORRUPT|SQLITE_NOTADB|EIO|SQLITE_IOERR|EVENT_STORE_DAMAGED)/, 'damaged'],
]

/** An error that says which failure it is. */
export const backupFailure = (failure: BackupFailure, message: string): Error =>
  Object.assign(new Error(message), { failure })

/** Which failure an error, or what caused it, stands for. */
export const failureOf = (error: unknown): BackupFailure => {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('failure' in one) return one.failure as BackupFailure
    const code = 'code' in one ? String(one.code) : ''
    const known = BY_CODE.find(([pattern]) => pattern.test(code))
    if (known !== undefined) return known[1]
  }
  return 'other'
}
