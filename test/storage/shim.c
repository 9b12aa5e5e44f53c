/*
 * A disk between a process and its files, by LD_PRELOAD: what is done to files below STORAGE_BELOW is written down in STORAGE_TRACE,
 * call by call, with what is sent to others over sockets in between; and calls fail as STORAGE_FAULTS says, a file that may change.
 * Read by trace.ts, which tells what a record looks like. Linux and glibc.
 *
 * A line of the faults: <call> <end of the path> <error, or "short"> <so many go well before> <so many fail; -1: all of them>
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
#define MOST_FAULTS 16
#define LONGEST 4096

/* What libc has under that name. */
#define REAL(name)                                                                                                     \
  static __typeof__(name) *real;                                                                                       \
  if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

struct record {
  uint8_t op, flags;
  uint16_t path;
  int32_t error;
  uint64_t file, offset;
  uint32_t length, spare;
};

struct opened {
  uint64_t id;
  ino_t inode;
  char *path;
};

struct fault {
  char call[16], end[256], error[16];
  long before, times;
};

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct opened files[MOST_FILES];
static struct fault faults[MOST_FAULTS];
static int faults_known;
static struct timespec faults_of;
static off_t faults_size;
static uint64_t next_id;
static int trace = -1;
static char below[LONGEST], faults_file[LONGEST];
static int is_child;

static void in_child(void) {
  pthread_mutex_t fresh = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  lock = fresh;
  is_child = 1;
}

__attribute__((constructor)) static void begin(void) {
  const char *directory = getenv("STORAGE_BELOW"), *to = getenv("STORAGE_TRACE"), *from = getenv("STORAGE_FAULTS");
  if (directory == NULL || to == NULL) return;
  snprintf(below, sizeof below, "%s", directory);
  if (from != NULL) snprintf(faults_file, sizeof faults_file, "%s", from);
  next_id = (uint64_t)getpid() << 24;
  trace = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pthread_atfork(NULL, NULL, in_child);
}

static int is_on(void) { return trace >= 0 && !is_child; }

static void note(uint8_t op, uint8_t flags, uint64_t file, uint64_t offset, int error, const char *path, const void *data,
                 size_t length) {
  struct record record = {op, flags, (uint16_t)(path == NULL ? 0 : strlen(path)), error, file, offset, (uint32_t)length, 0};
  struct iovec parts[] = {{&record, sizeof record}, {(void *)path, record.path}, {(void *)data, length}};
  int saved = errno;
  syscall(SYS_writev, trace, parts, 3);
  errno = saved;
}

/* Libraries close some descriptors without `close`: then the number is of something else. */
static struct opened *file_of(int fd) {
  if (!is_on() || fd < 0 || fd >= MOST_FILES || files[fd].path == NULL) return NULL;
  struct stat stat;
  int saved = errno, same = syscall(SYS_fstat, fd, &stat) == 0 && stat.st_ino == files[fd].inode;
  errno = saved;
  return same ? &files[fd] : NULL;
}

/* The path below the directory; NULL where it lies elsewhere, or is of what a power cut leaves nothing of. */
static const char *inside(int at, const char *path, char *whole) {
  if (!is_on() || path == NULL) return NULL;
  struct opened *directory = at == AT_FDCWD ? NULL : file_of(at);
  int length_of = -1;
  if (path[0] == '/') length_of = snprintf(whole, LONGEST, "%s", path);
  else if (directory != NULL) length_of = snprintf(whole, LONGEST, "%s/%s/%s", below, directory->path, path);
  if (length_of < 0 || length_of >= LONGEST) return NULL;
  size_t length = strlen(below), end = strlen(whole);
  while (end > 1 && whole[end - 1] == '/') whole[--end] = 0;
  if (strncmp(whole, below, length) != 0 || (whole[length] != '/' && whole[length] != 0)) return NULL;
  if (end > 4 && strcmp(whole + end - 4, "-shm") == 0) return NULL;
  return whole[length] == 0 ? whole + length : whole + length + 1;
}

static void read_faults(void) {
  struct stat now;
  if (faults_file[0] == 0 || syscall(SYS_newfstatat, AT_FDCWD, faults_file, &now, 0) != 0) return;
  if (now.st_mtim.tv_sec == faults_of.tv_sec && now.st_mtim.tv_nsec == faults_of.tv_nsec && now.st_size == faults_size) return;
  char text[LONGEST];
  int fd = (int)syscall(SYS_openat, AT_FDCWD, faults_file, O_RDONLY, 0);
  ssize_t got = fd < 0 ? -1 : syscall(SYS_read, fd, text, sizeof text - 1);
  if (fd >= 0) syscall(SYS_close, fd);
  if (got < 0) return;
  text[got] = 0;
  faults_of = now.st_mtim;
  faults_size = now.st_size;
  faults_known = 0;
  char *rest = NULL;
  for (char *line = strtok_r(text, "\n", &rest); line != NULL && faults_known < MOST_FAULTS; line = strtok_r(NULL, "\n", &rest)) {
    struct fault *one = &faults[faults_known];
    if (sscanf(line, "%15s %255s %15s %ld %ld", one->call, one->end, one->error, &one->before, &one->times) == 5) faults_known++;
  }
}

static int number_of(const char *error) {
  return strcmp(error, "ENOSPC") == 0 ? ENOSPC : strcmp(error, "short") == 0 ? -1 : EIO;
}

/* 0: it goes well; -1: it does less than it is asked to; else its error. */
static int failure(const char *call, const char *path) {
  int saved = errno, result = 0;
  read_faults();
  errno = saved;
  for (int i = 0; i < faults_known && result == 0; i++) {
    struct fault *one = &faults[i];
    size_t length = strlen(path), end = strlen(one->end);
    if (strcmp(one->call, call) != 0 || length < end || strcmp(path + length - end, one->end) != 0) continue;
    if (one->before > 0) one->before--;
    else if (one->times != 0) {
      if (one->times > 0) one->times--;
      result = number_of(one->error);
      note('F', 0, 0, 0, result, path, call, strlen(call));
    }
  }
  return result;
}

#define FAILS(call, path)                                                                                              \
  do {                                                                                                                 \
    int error = failure(call, path);                                                                                   \
    if (error > 0) {                                                                                                   \
      pthread_mutex_unlock(&lock);                                                                                     \
      errno = error;                                                                                                   \
      return -1;                                                                                                       \
    }                                                                                                                  \
  } while (0)

/* Files: opened, closed. */

static int opening(int at, const char *path, int flags, mode_t mode) {
  char whole[LONGEST];
  pthread_mutex_lock(&lock);
  const char *name = inside(at, path, whole);
  struct stat stat;
  int existed = name != NULL && syscall(SYS_newfstatat, AT_FDCWD, whole, &stat, 0) == 0;
  if (name != NULL) FAILS("open", name);
  int fd = (int)syscall(SYS_openat, at, path, flags, mode);
  if (name != NULL && fd >= 0 && fd < MOST_FILES) {
    free(files[fd].path);
    struct stat opened;
    syscall(SYS_fstat, fd, &opened);
    files[fd] = (struct opened){++next_id, opened.st_ino, strdup(name)};
    uint8_t seen = (uint8_t)(existed | ((flags & O_TRUNC) != 0) << 1 | (existed && S_ISDIR(stat.st_mode)) << 2);
    note('O', seen, next_id, 0, 0, name, NULL, 0);
  } else if (is_on() && fd >= 0 && fd < MOST_FILES) {
    free(files[fd].path);
    files[fd].path = NULL;
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

#define MODE                                                                                                           \
  mode_t mode = 0;                                                                                                     \
  if (flags & (O_CREAT | __O_TMPFILE)) {                                                                               \
    va_list rest;                                                                                                      \
    va_start(rest, flags);                                                                                             \
    mode = va_arg(rest, mode_t);                                                                                       \
    va_end(rest);                                                                                                      \
  }
int open(const char *path, int flags, ...) { MODE return opening(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opening(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int at, const char *path, int flags, ...) { MODE return opening(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE return opening(at, path, flags | O_LARGEFILE, mode); }

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (is_on() && fd >= 0 && fd < MOST_FILES) {
    free(files[fd].path);
    files[fd].path = NULL;
  }
  int result = (int)syscall(SYS_close, fd);
  pthread_mutex_unlock(&lock);
  return result;
}

/* Bytes. */

static ssize_t writing(struct opened *file, int fd, const struct iovec *parts, int count, off_t at) {
  pthread_mutex_lock(&lock);
  FAILS("write", file->path);
  int is_short = faults_known > 0 && failure("part", file->path) != 0;
  off_t offset = at;
  if (at < 0) offset = syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND ? syscall(SYS_lseek, fd, 0, SEEK_END) : syscall(SYS_lseek, fd, 0, SEEK_CUR);
  ssize_t total = 0;
  for (int i = 0; i < count; i++) {
    size_t length = parts[i].iov_len;
    if (is_short && length > 1) length /= 2;
    ssize_t done = at < 0 ? syscall(SYS_write, fd, parts[i].iov_base, length) : syscall(SYS_pwrite64, fd, parts[i].iov_base, length, offset + total);
    if (done < 0) {
      if (total == 0) total = -1;
      break;
    }
    note('W', 0, file->id, (uint64_t)(offset + total), 0, NULL, parts[i].iov_base, (size_t)done);
    total += done;
    if ((size_t)done < parts[i].iov_len) break;
  }
  pthread_mutex_unlock(&lock);
  return total;
}

static int is_socket(int fd) {
  struct stat stat;
  if (!is_on() || fd == trace) return 0;
  int saved = errno, result = syscall(SYS_fstat, fd, &stat) == 0 && S_ISSOCK(stat.st_mode);
  errno = saved;
  return result;
}

/* What is sent is written down before it goes: whoever gets it has it after that. */
static void sending(int fd, const struct iovec *parts, size_t count) {
  if (!is_socket(fd)) return;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < count; i++) note('N', i + 1 < count, (uint64_t)fd, 0, 0, NULL, parts[i].iov_base, parts[i].iov_len);
  pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec one = {(void *)bytes, length};
  struct opened *file = file_of(fd);
  if (file != NULL) return writing(file, fd, &one, 1, -1);
  sending(fd, &one, 1);
  return syscall(SYS_write, fd, bytes, length);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct opened *file = file_of(fd);
  if (file != NULL) return writing(file, fd, parts, count, -1);
  sending(fd, parts, (size_t)count);
  return syscall(SYS_writev, fd, parts, count);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  struct iovec one = {(void *)bytes, length};
  struct opened *file = file_of(fd);
  return file != NULL ? writing(file, fd, &one, 1, offset) : syscall(SYS_pwrite64, fd, bytes, length, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  REAL(pwritev64);
  struct opened *file = file_of(fd);
  return file != NULL ? writing(file, fd, parts, count, offset) : real(fd, parts, count, offset);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev64(fd, parts, count, offset); }

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
  REAL(send);
  struct iovec one = {(void *)bytes, length};
  sending(fd, &one, 1);
  return real(fd, bytes, length, flags);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  REAL(sendmsg);
  sending(fd, message->msg_iov, message->msg_iovlen);
  return real(fd, message, flags);
}

static ssize_t reading(int fd, void *bytes, size_t length, off64_t offset) {
  struct opened *file = file_of(fd);
  if (file != NULL) {
    pthread_mutex_lock(&lock);
    FAILS("read", file->path);
    pthread_mutex_unlock(&lock);
  }
  return offset < 0 ? syscall(SYS_read, fd, bytes, length) : syscall(SYS_pread64, fd, bytes, length, offset);
}
ssize_t read(int fd, void *bytes, size_t length) { return reading(fd, bytes, length, -1); }
ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) { return reading(fd, bytes, length, offset); }
ssize_t pread(int fd, void *bytes, size_t length, off_t offset) { return reading(fd, bytes, length, offset); }

/* To the disk. */

static int syncing(int fd, long call) {
  struct opened *file = file_of(fd);
  if (file == NULL) return (int)syscall(call, fd);
  pthread_mutex_lock(&lock);
  uint64_t id = file->id;
  note('S', 0, id, 0, 0, NULL, NULL, 0);
  int error = failure("sync", file->path);
  if (error > 0) {
    note('E', 0, id, 0, error, NULL, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return -1;
  }
  pthread_mutex_unlock(&lock);
  int result = (int)syscall(call, fd), saved = errno;
  pthread_mutex_lock(&lock);
  note('E', 0, id, 0, result == 0 ? 0 : saved, NULL, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return result;
}
int fsync(int fd) { return syncing(fd, SYS_fsync); }
int fdatasync(int fd) { return syncing(fd, SYS_fdatasync); }

int ftruncate64(int fd, off64_t length) {
  struct opened *file = file_of(fd);
  if (file == NULL) return (int)syscall(SYS_ftruncate, fd, length);
  pthread_mutex_lock(&lock);
  FAILS("truncate", file->path);
  int result = (int)syscall(SYS_ftruncate, fd, length);
  if (result == 0) note('T', 0, file->id, (uint64_t)length, 0, NULL, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

/* Names. */

int rename(const char *from, const char *to) {
  char whole[LONGEST], other[LONGEST];
  pthread_mutex_lock(&lock);
  const char *old = inside(AT_FDCWD, from, whole), *fresh = inside(AT_FDCWD, to, other);
  if (old != NULL) FAILS("rename", old);
  int result = (int)syscall(SYS_rename, from, to);
  if (result == 0 && old != NULL && fresh != NULL) note('R', 0, 0, 0, 0, old, fresh, strlen(fresh));
  pthread_mutex_unlock(&lock);
  return result;
}

static int removing(int at, const char *path, int flags) {
  char whole[LONGEST];
  pthread_mutex_lock(&lock);
  const char *name = inside(at, path, whole);
  if (name != NULL) FAILS("unlink", name);
  int result = (int)syscall(SYS_unlinkat, at, path, flags);
  if (result == 0 && name != NULL) note('U', 0, 0, 0, 0, name, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int unlink(const char *path) { return removing(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return removing(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int at, const char *path, int flags) { return removing(at, path, flags); }
int remove(const char *path) {
  int result = unlink(path);
  return result == 0 || errno != EISDIR ? result : rmdir(path);
}

int mkdir(const char *path, mode_t mode) {
  char whole[LONGEST];
  pthread_mutex_lock(&lock);
  const char *name = inside(AT_FDCWD, path, whole);
  int result = (int)syscall(SYS_mkdir, path, mode);
  if (result == 0 && name != NULL) note('M', 0, 0, 0, 0, name, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
