/* Interrupts a program at one of its file calls.

       interrupt FOLDER NUMBER EXCHANGE ACTION -- PROGRAM ARGUMENTS...

   Counts the calls of PROGRAM that name a file in FOLDER, or use a descriptor of one. Before call NUMBER, it performs ACTION:

       none            does nothing, and counts
       kill            kills PROGRAM; the call is not made
       error=NUMBER    lets the call fail with this errno
       run=COMMAND     runs a shell command, then lets the call happen; $PROGRAM is the process

   EXCHANGE is an errno with which every exchange of two files fails, or 0. EBUSY stands for a file that is mounted itself,
   EINVAL for a file system that cannot exchange files.

   Prints the number of calls, the name of call NUMBER, and the exit code of PROGRAM (128 + the signal). Ends with 77 if this
   system does not allow it. Uses notifications of seccomp (Linux 5.5), which need no right to trace other processes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define REFUSED 77
#define LONGEST 4096

/* A call: which arguments are paths, and which is a descriptor; -1 for none. */
struct call { int number; const char *name; int path, second_path, descriptor; };
#define PATH(name, path) { SYS_##name, #name, path, -1, -1 }
#define PATHS(name, path, second) { SYS_##name, #name, path, second, -1 }
#define FILE_(name) { SYS_##name, #name, -1, -1, 0 }

static const struct call calls[] = {
	PATH(openat, 1), PATH(newfstatat, 1), PATH(statx, 1), PATH(readlinkat, 1), PATH(faccessat, 1), PATH(fchmodat, 1),
	PATH(fchownat, 1), PATH(unlinkat, 1), PATH(mkdirat, 1), PATH(truncate, 0), PATHS(linkat, 1, 3), PATHS(symlinkat, 2, -1),
	PATHS(renameat2, 1, 3), PATH(getxattr, 0), PATH(setxattr, 0), PATH(listxattr, 0), PATH(removexattr, 0),
	FILE_(read), FILE_(pread64), FILE_(readv), FILE_(write), FILE_(pwrite64), FILE_(writev), FILE_(fstat), FILE_(lseek),
	FILE_(fsync), FILE_(fdatasync), FILE_(ftruncate), FILE_(fallocate), FILE_(fchmod), FILE_(fchown), FILE_(flock),
	FILE_(fcntl), FILE_(getdents64), FILE_(fgetxattr), FILE_(fsetxattr), FILE_(flistxattr), FILE_(fremovexattr),
	FILE_(copy_file_range),
#ifdef SYS_open
	PATH(open, 0), PATH(creat, 0), PATH(stat, 0), PATH(lstat, 0), PATH(access, 0), PATH(mkdir, 0), PATH(rmdir, 0),
	PATH(unlink, 0), PATH(readlink, 0), PATH(chmod, 0), PATH(chown, 0), PATH(lchown, 0), PATHS(rename, 0, 1),
	PATHS(link, 0, 1), PATHS(symlink, 1, -1),
#endif
#ifdef SYS_renameat
	PATHS(renameat, 1, 3),
#endif
};
#define CALLS (sizeof calls / sizeof *calls)

static const char *folder;

/* Asks for a notification of each of these calls. Returns the descriptor of the notifications. */
static int watch(void)
{
	struct sock_filter filter[CALLS + 3];
	size_t length = 0;
	filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t at = 0; at < CALLS; at++)
		filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[at].number, CALLS - at, 0);
	filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	struct sock_fprog program = { (unsigned short)length, filter };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

union control { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; };

static int give(int socket, int descriptor)
{
	char byte = 0;
	union control control = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
	return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

static int take(int socket)
{
	char byte;
	int descriptor = -1;
	union control control = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	if (recvmsg(socket, &message, 0) != 1)
		return -1;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
	return descriptor;
}

static int is_inside(const char *path)
{
	return strncmp(path, folder, strlen(folder)) == 0;
}

static int path_is_inside(unsigned process, unsigned long long address)
{
	char name[64], path[LONGEST] = "";
	snprintf(name, sizeof name, "/proc/%u/mem", process);
	int memory = open(name, O_RDONLY | O_CLOEXEC);
	if (memory < 0)
		return 0;
	ssize_t length = pread(memory, path, sizeof path - 1, (off_t)address);
	close(memory);
	return length > 0 && is_inside(path);
}

static int descriptor_is_inside(unsigned process, unsigned long long descriptor)
{
	char name[64], path[LONGEST] = "";
	snprintf(name, sizeof name, "/proc/%u/fd/%d", process, (int)descriptor);
	return readlink(name, path, sizeof path - 1) > 0 && is_inside(path);
}

static const struct call *call_of(const struct seccomp_notif *asked)
{
	for (size_t at = 0; at < CALLS; at++) {
		const struct call *call = &calls[at];
		const unsigned long long *arguments = (const unsigned long long *)asked->data.args;
		if (call->number != asked->data.nr)
			continue;
		int inside = (call->path >= 0 && path_is_inside(asked->pid, arguments[call->path])) ||
			(call->second_path >= 0 && path_is_inside(asked->pid, arguments[call->second_path])) ||
			(call->descriptor >= 0 && descriptor_is_inside(asked->pid, arguments[call->descriptor]));
		return inside ? call : NULL;
	}
	return NULL;
}

int main(int count, char **arguments)
{
	if (count < 7 || strcmp(arguments[5], "--"))
		return 2;
	folder = arguments[1];
	long number = atol(arguments[2]), made = 0;
	int exchange = atoi(arguments[3]), sockets[2];
	const char *action = arguments[4], *interrupted = "-";
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return REFUSED;
	pid_t program = fork();
	if (program == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, 1);
		dup2(null, 2);
		int notifications = watch();
		if (notifications < 0 || give(sockets[1], notifications))
			_exit(REFUSED);
		execv(arguments[6], arguments + 6);
		_exit(127);
	}
	char process[32];
	snprintf(process, sizeof process, "%d", (int)program);
	setenv("PROGRAM", process, 1);
	close(sockets[1]);
	int notifications = take(sockets[0]), status = 0;
	struct seccomp_notif_sizes sizes;
	if (notifications < 0 || syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes)) {
		waitpid(program, &status, 0);
		return REFUSED;
	}
	struct seccomp_notif *asked = calloc(1, sizes.seccomp_notif + sizeof *asked);
	struct seccomp_notif_resp *reply = calloc(1, sizes.seccomp_notif_resp + sizeof *reply);
	for (;;) {
		struct pollfd ready = { notifications, POLLIN, 0 };
		if (poll(&ready, 1, -1) < 0 && errno != EINTR)
			return REFUSED;
		if (!(ready.revents & POLLIN)) {
			if (ready.revents)
				break;
			continue;
		}
		memset(asked, 0, sizes.seccomp_notif);
		memset(reply, 0, sizes.seccomp_notif_resp);
		if (ioctl(notifications, SECCOMP_IOCTL_NOTIF_RECV, asked)) {
			if (errno == ENOENT || errno == EINTR)
				continue;
			return REFUSED;
		}
		reply->id = asked->id;
		reply->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		const struct call *call = call_of(asked);
		if (call && call->number == SYS_renameat2 && asked->data.args[4] == RENAME_EXCHANGE && exchange) {
			reply->flags = 0;
			reply->error = -exchange;
		}
		if (call && ++made == number) {
			interrupted = call->name;
			if (!strcmp(action, "kill"))
				kill(program, SIGKILL);
			else if (!strncmp(action, "error=", 6)) {
				reply->flags = 0;
				reply->error = -atoi(action + 6);
			} else if (!strncmp(action, "run=", 4) && system(action + 4))
				fprintf(stderr, "%s failed\n", action);
		}
		/* The program may be gone. */
		ioctl(notifications, SECCOMP_IOCTL_NOTIF_SEND, reply);
	}
	waitpid(program, &status, 0);
	printf("%ld %s %d\n", made, interrupted, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return 0;
}
