/** How often a process is killed at a moment of no choice; more often where somebody has the time (`CRASH_TEST_ROUNDS`). */
export const CRASH_ROUNDS = Number(process.env['CRASH_TEST_ROUNDS'] ?? 2)

/** A test whose kind has a quicker one beside it that always runs: run where `KYC_LARGE=1`. */
export const itLong = process.env['KYC_LARGE'] === '1' ? it : it.skip
