// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a container gets, and records read through io_uring: on a kernel that
 * has namespaces and io_uring.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <linux/io_uring.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include <meterbus/settings.h>

#include "kselftest_harness.h"
#include "pty_bus.h"

FIXTURE(bus)
{
	struct pty_bus bus;
	struct meterbus_status status;
	struct meterbus_error err;
	int fd;
};

FIXTURE_SETUP(bus)
{
	ASSERT_EQ(0, load_module());
	ASSERT_EQ(0, pty_bus_open(&self->bus));
	self->fd = open(self->bus.path, O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(bus)
{
	close(self->fd);
	pty_bus_close(&self->bus);
}

#define GET()								\
	meterbus_status_get(self->bus.number, &self->status, &self->err)

/* A message as a program without the library sends it: error, or 0. */
static int set_u32(__u32 bus, int attribute, __u32 value)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc();
	int ret, family;

	genl_connect(sock);
	family = genl_ctrl_resolve(sock, METERBUS_FAMILY_NAME);
	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_ACK,
		    METERBUS_CMD_BUS_SET, METERBUS_FAMILY_VERSION);
	nla_put_u32(msg, METERBUS_A_BUS_ID, bus);
	nla_put_u32(msg, attribute, value);
	ret = nl_send_auto(sock, msg);
	if (ret >= 0)
		ret = nl_wait_for_ack(sock);
	nlmsg_free(msg);
	nl_socket_free(sock);
	return ret;
}

TEST_F(bus, a_container_sees_buses_and_changes_none)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWNET) || GET())
			_exit(100);
		/* Root of the machine, in another network. */
		if (set_u32(self->bus.number, METERBUS_A_BUS_SLACK_US, 22000))
			_exit(101);
		if (GET() || self->status.timing.slack_us != 22000)
			_exit(102);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));

	pid = fork();
	if (!pid) {
		/* Root of a user namespace of its own. */
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
			_exit(errno == EINVAL || errno == ENOSYS ? 0 : 103);
		if (GET())
			_exit(104);
		_exit(set_u32(self->bus.number, METERBUS_A_BUS_SLACK_US,
			      23000) == -NLE_PERM ? 0 : 105);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
	ASSERT_EQ(0, GET());
	EXPECT_EQ(22000, self->status.timing.slack_us);
}

/* A ring of one entry. */
struct ring {
	int fd;
	unsigned char *sq, *cq;
	struct io_uring_sqe *sqe;
	struct io_uring_params params;
};

static int ring_open(struct ring *ring)
{
	struct io_uring_params *p = &ring->params;

	memset(p, 0, sizeof(*p));
	ring->fd = syscall(SYS_io_uring_setup, 1, p);
	if (ring->fd < 0)
		return -1;
	ring->sq = mmap(NULL, p->sq_off.array + p->sq_entries * 4,
			PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			IORING_OFF_SQ_RING);
	ring->cq = mmap(NULL, p->cq_off.cqes + p->cq_entries *
			sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
			MAP_SHARED, ring->fd, IORING_OFF_CQ_RING);
	ring->sqe = mmap(NULL, sizeof(*ring->sqe), PROT_READ | PROT_WRITE,
			 MAP_SHARED, ring->fd, IORING_OFF_SQES);
	return 0;
}

static void ring_submit(struct ring *ring, int opcode, int fd, void *buf,
			unsigned int len)
{
	unsigned int *tail = (void *)(ring->sq + ring->params.sq_off.tail);

	memset(ring->sqe, 0, sizeof(*ring->sqe));
	ring->sqe->opcode = opcode;
	ring->sqe->fd = fd;
	ring->sqe->addr = (uintptr_t)buf;
	ring->sqe->len = len;
	*(unsigned int *)(ring->sq + ring->params.sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0);
}

static int ring_wait(struct ring *ring)
{
	unsigned int *head = (void *)(ring->cq + ring->params.cq_off.head);
	unsigned int *tail = (void *)(ring->cq + ring->params.cq_off.tail);
	struct io_uring_cqe *cqes = (void *)(ring->cq +
					     ring->params.cq_off.cqes);
	int res;

	while (*head == __atomic_load_n(tail, __ATOMIC_ACQUIRE))
		syscall(SYS_io_uring_enter, ring->fd, 0, 1,
			IORING_ENTER_GETEVENTS, NULL, 0);
	res = cqes[*head & (ring->params.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return res;
}

TEST_F(bus, a_frame_is_written_and_its_answer_read_through_io_uring)
{
	__u8 buf[METERBUS_FRAME_MAX];
	struct ring ring;

	if (ring_open(&ring)) {
		ASSERT_TRUE(errno == ENOSYS || errno == EPERM);
		return;
	}
	/* The read waits until the write has brought an answer. */
	ring_submit(&ring, IORING_OP_READ, self->fd, buf, sizeof(buf));
	ASSERT_EQ(5, write(self->fd, req_ud2, sizeof(req_ud2)));
	ASSERT_EQ(sizeof(answer), ring_wait(&ring));
	EXPECT_EQ(0, memcmp(answer, buf, sizeof(answer)));
	ring_submit(&ring, IORING_OP_WRITE, self->fd, (void *)req_ud2,
		    sizeof(req_ud2));
	EXPECT_EQ(5, ring_wait(&ring));
	ring_submit(&ring, IORING_OP_READ, self->fd, buf, sizeof(buf));
	EXPECT_EQ(sizeof(answer), ring_wait(&ring));
	close(ring.fd);
}

TEST_HARNESS_MAIN
