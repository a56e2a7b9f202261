// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mbusN: one record or frame a read(), one frame a write(), transactions
 * by ioctl. All calls run in process context of the file's user; the bus may
 * be unplugged under any of them.
 */
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "chardev.h"
#include "client.h"
#include "request.h"

#define WAIT_DEFAULT_MS	30000
#define HOLD_DEFAULT_MS	30000

#define FEATURES	(METERBUS_FEATURE_SUBMIT | METERBUS_FEATURE_NOWAIT)

/* The same for programs of 32 and of 64 bits. */
static_assert(sizeof(struct meterbus_bus_record) == 40);
static_assert(sizeof(struct meterbus_xfer) == 96);
static_assert(offsetof(struct meterbus_xfer, sent_ns) % sizeof(u64) == 0);

static int mbus_open(struct inode *inode, struct file *file)
{
	struct mbus_bus *bus = container_of(inode->i_cdev, struct mbus_bus,
					    cdev);
	struct mbus_client *client = mbus_client_open(bus);

	if (IS_ERR(client))
		return PTR_ERR(client);
	file->private_data = client;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static int mbus_release(struct inode *inode, struct file *file)
{
	struct mbus_client *client = file->private_data;

	mbus_request_leave(client);
	mbus_client_close(client);
	return 0;
}

static bool nonblocking(const struct file *file)
{
	return file->f_flags & O_NONBLOCK;
}

static bool iocb_nonblocking(const struct kiocb *iocb)
{
	return nonblocking(iocb->ki_filp) || iocb->ki_flags & IOCB_NOWAIT;
}

/* With client->reading held. Zero when there is nothing to read. */
static ssize_t read_record(struct mbus_client *client, struct iov_iter *to)
{
	struct mbus_queued_record record;
	const void *begin;
	ssize_t len;

	len = mbus_client_peek(client, iov_iter_count(to), &record, &begin);
	if (len <= 0)
		return len;
	/* A record that cannot be delivered stays. */
	if (copy_to_iter(begin, len, to) != len)
		return -EFAULT;
	mbus_client_take(client, record.head.lost);
	return len;
}

static ssize_t mbus_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct mbus_client *client = iocb->ki_filp->private_data;
	ssize_t len;

	if (!iov_iter_count(to))
		return 0;
	for (;;) {
		/* Held while a record is copied, not while one is awaited. */
		if (!iocb_nonblocking(iocb)) {
			if (mutex_lock_interruptible(&client->reading))
				return -ERESTARTSYS;
		} else if (!mutex_trylock(&client->reading)) {
			return -EAGAIN;
		}
		len = read_record(client, to);
		mutex_unlock(&client->reading);
		if (len)
			break;
		if (iocb_nonblocking(iocb))
			return -EAGAIN;
		if (wait_event_interruptible(client->wait,
					     mbus_client_readable(client)))
			return -ERESTARTSYS;
	}
	return len == -ENODEV ? 0 : len;
}

static int write_frame(struct kiocb *iocb, struct mbus_request *request)
{
	struct mbus_client *client = iocb->ki_filp->private_data;
	int ret;

	while ((ret = mbus_request_write(request)) == -EAGAIN) {
		if (iocb_nonblocking(iocb))
			break;
		if (wait_event_interruptible(client->wait,
					     !READ_ONCE(client->writing)))
			return -ERESTARTSYS;
	}
	return ret;
}

static ssize_t mbus_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct mbus_client *client = iocb->ki_filp->private_data;
	size_t count = iov_iter_count(from);
	struct mbus_request *request;
	ssize_t ret;

	if (count > METERBUS_FRAME_MAX)
		return -EMSGSIZE;
	request = mbus_request_alloc(client, MBUS_REQUEST_WRITE);
	if (!request)
		return -ENOMEM;
	request->xfer.request_len = count;
	if (copy_from_iter(request->xfer.request, count, from) != count)
		ret = -EFAULT;
	else if (!mbus_frame_sendable(request->xfer.request, count))
		ret = -EINVAL;
	else
		ret = write_frame(iocb, request);
	mbus_request_put(request);
	return ret ?: count;
}

static __poll_t mbus_poll(struct file *file, poll_table *wait)
{
	struct mbus_client *client = file->private_data;

	poll_wait(file, &client->wait, wait);
	return mbus_client_poll(client);
}

/* Not under lock: the transaction has ended, it is the caller's alone. */
static int put_result(struct meterbus_xfer __user *argp,
		      struct meterbus_xfer *arg,
		      const struct mbus_line_xfer *xfer)
{
	u32 len = min_t(u32, xfer->answer_len, arg->answer_size);

	arg->outcome = xfer->outcome;
	arg->reason = xfer->reason;
	arg->tries = xfer->tries;
	arg->flags = xfer->flags;
	arg->answer_len = xfer->answer_len;
	arg->sent_ns = xfer->sent_ns;
	arg->sent_end_ns = xfer->sent_end_ns;
	arg->first_ns = xfer->first_ns;
	arg->last_ns = xfer->last_ns;
	if (copy_to_user(u64_to_user_ptr(arg->answer), xfer->answer, len) ||
	    copy_to_user(argp, arg, sizeof(*arg)))
		return -EFAULT;
	return 0;
}

static bool xfer_valid(const struct meterbus_xfer *arg)
{
	return !memchr_inv(arg->reserved, 0, sizeof(arg->reserved)) &&
	       !memchr_inv(arg->reserved2, 0, sizeof(arg->reserved2)) &&
	       !(arg->options & ~METERBUS_XFER_NOWAIT) &&
	       arg->guard_us <= METERBUS_TIME_MAX_US &&
	       arg->window_us <= METERBUS_TIME_MAX_US &&
	       arg->wait_ms <= METERBUS_WAIT_MAX_MS &&
	       (arg->repeats <= METERBUS_REPEATS_MAX ||
		arg->repeats == METERBUS_REPEATS_BUS) &&
	       arg->request_len <= METERBUS_FRAME_MAX;
}

/* A request as the user describes it, or an ERR_PTR(). */
static struct mbus_request *get_request(struct mbus_client *client,
					enum mbus_request_kind kind,
					const struct meterbus_xfer *arg)
{
	struct mbus_request *request;
	struct mbus_line_xfer *xfer;
	int ret = -EFAULT;

	if (!xfer_valid(arg))
		return ERR_PTR(-EINVAL);
	request = mbus_request_alloc(client, kind);
	if (!request)
		return ERR_PTR(-ENOMEM);
	xfer = &request->xfer;
	xfer->request_len = arg->request_len;
	xfer->guard_ns = (u64)arg->guard_us * NSEC_PER_USEC;
	xfer->window_ns = (u64)arg->window_us * NSEC_PER_USEC;
	xfer->repeats = arg->repeats;
	if (copy_from_user(xfer->request, u64_to_user_ptr(arg->request),
			   arg->request_len))
		goto put_request;
	ret = -EINVAL;
	if (!mbus_frame_sendable(xfer->request, arg->request_len))
		goto put_request;
	return request;

put_request:
	mbus_request_put(request);
	return ERR_PTR(ret);
}

/* How long a restarted call has left to wait. */
static int put_left(u32 __user *wait_ms, const struct mbus_wait *wait, int ret)
{
	if ((ret == -ERESTARTSYS || ret == -EINTR) &&
	    put_user(wait->left_ms, wait_ms))
		return -EFAULT;
	return ret;
}

static int ioctl_xfer(struct file *file, struct meterbus_xfer __user *argp)
{
	struct mbus_client *client = file->private_data;
	struct mbus_wait wait = {};
	struct mbus_request *request;
	struct meterbus_xfer arg;
	int ret;

	if (copy_from_user(&arg, argp, sizeof(arg)))
		return -EFAULT;
	/* Its answer takes longer than a call that may not block. */
	if (nonblocking(file))
		return xfer_valid(&arg) ? -EAGAIN : -EINVAL;
	request = get_request(client, MBUS_REQUEST_XFER, &arg);
	if (IS_ERR(request))
		return PTR_ERR(request);

	wait.ms = arg.wait_ms ?: WAIT_DEFAULT_MS;
	wait.nonblock = arg.options & METERBUS_XFER_NOWAIT;
	ret = mbus_request_run(request, &wait);
	if (!ret)
		ret = put_result(argp, &arg, &request->xfer);
	else if (ret == -EAGAIN)
		ret = -EBUSY;
	mbus_request_put(request);
	return put_left(&argp->wait_ms, &wait, ret);
}

static int ioctl_submit(struct mbus_client *client,
			const struct meterbus_xfer __user *argp)
{
	struct mbus_request *request;
	struct meterbus_xfer arg;
	u32 wait_ms;
	int ret;

	if (copy_from_user(&arg, argp, sizeof(arg)))
		return -EFAULT;
	if (arg.answer || arg.answer_size)
		return -EINVAL;
	request = get_request(client, MBUS_REQUEST_SUBMIT, &arg);
	if (IS_ERR(request))
		return PTR_ERR(request);
	wait_ms = arg.wait_ms ?: WAIT_DEFAULT_MS;
	if (arg.options & METERBUS_XFER_NOWAIT)
		wait_ms = 0;
	ret = mbus_request_submit(request, wait_ms);
	mbus_request_put(request);
	return ret;
}

static int ioctl_fetch(struct file *file, struct meterbus_xfer __user *argp)
{
	const struct meterbus_xfer none = {};
	struct meterbus_xfer arg, in;
	struct mbus_request *request;
	int ret;

	if (copy_from_user(&arg, argp, sizeof(arg)))
		return -EFAULT;
	in = arg;
	in.answer = 0;
	in.answer_size = 0;
	if (memcmp(&in, &none, sizeof(in)))
		return -EINVAL;
	request = mbus_request_fetch(file->private_data, nonblocking(file));
	if (IS_ERR(request))
		return PTR_ERR(request);
	ret = request->error;
	if (!ret)
		ret = put_result(argp, &arg, &request->xfer);
	mbus_request_put(request);
	return ret;
}

static int ioctl_hold(struct file *file, struct meterbus_hold __user *argp)
{
	struct mbus_wait wait = { .nonblock = nonblocking(file) };
	struct mbus_request *request;
	struct meterbus_hold arg;
	int ret;

	if (copy_from_user(&arg, argp, sizeof(arg)))
		return -EFAULT;
	if (arg.limit_ms > METERBUS_HOLD_MAX_MS ||
	    arg.wait_ms > METERBUS_WAIT_MAX_MS)
		return -EINVAL;

	request = mbus_request_alloc(file->private_data, MBUS_REQUEST_HOLD);
	if (!request)
		return -ENOMEM;
	request->claim.hold_ns = (u64)(arg.limit_ms ?: HOLD_DEFAULT_MS) *
				 NSEC_PER_MSEC;
	wait.ms = arg.wait_ms ?: WAIT_DEFAULT_MS;
	ret = mbus_request_run(request, &wait);
	mbus_request_put(request);
	return put_left(&argp->wait_ms, &wait, ret);
}

static int ioctl_set_mode(struct mbus_client *client, const u32 __user *argp)
{
	u32 mode;

	if (get_user(mode, argp))
		return -EFAULT;
	if (mode != METERBUS_MODE_PLAIN && mode != METERBUS_MODE_RECORD)
		return -EINVAL;

	mbus_client_set_mode(client, mode);
	return 0;
}

/* Ioctls that change the bus or use it. */
static long ioctl_writer(struct file *file, unsigned int cmd, void __user *argp)
{
	struct mbus_client *client = file->private_data;

	if (!(file->f_mode & FMODE_WRITE))
		return -EPERM;

	switch (cmd) {
	case METERBUS_IOC_XFER:
		return ioctl_xfer(file, argp);
	case METERBUS_IOC_SUBMIT:
		return ioctl_submit(client, argp);
	case METERBUS_IOC_CANCEL:
		return mbus_request_cancel(client);
	case METERBUS_IOC_HOLD:
		return ioctl_hold(file, argp);
	case METERBUS_IOC_RELEASE:
		return mbus_request_release(client);
	default:
		return -ENOTTY;
	}
}

static long mbus_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct mbus_client *client = file->private_data;
	void __user *argp = (void __user *)arg;

	/* A result outlives the bus. */
	if (cmd == METERBUS_IOC_FETCH)
		return ioctl_fetch(file, argp);
	if (mbus_bus_dead(client->bus))
		return -ENODEV;

	switch (cmd) {
	case METERBUS_IOC_GET_FEATURES:
		return put_user(FEATURES, (u64 __user *)argp);
	case METERBUS_IOC_SET_MODE:
		return ioctl_set_mode(client, argp);
	case METERBUS_IOC_XFER:
	case METERBUS_IOC_SUBMIT:
	case METERBUS_IOC_CANCEL:
	case METERBUS_IOC_HOLD:
	case METERBUS_IOC_RELEASE:
		return ioctl_writer(file, cmd, argp);
	default:
		return -ENOTTY;
	}
}

const struct file_operations mbus_chardev_fops = {
	.owner		= THIS_MODULE,
	.open		= mbus_open,
	.release	= mbus_release,
	.read_iter	= mbus_read_iter,
	.write_iter	= mbus_write_iter,
	.splice_read	= copy_splice_read,
	.poll		= mbus_poll,
	.unlocked_ioctl	= mbus_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
