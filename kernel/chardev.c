// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mbusN: one record or frame a read(), one frame a write(), transactions
 * by ioctl. All calls run in process context of the file's user; the bus may
 * be unplugged under any of them.
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "client.h"
#include "request.h"

#define WAIT_DEFAULT_MS	30000
#define HOLD_DEFAULT_MS	30000

/* The same for programs of 32 and of 64 bits. */
static_assert(sizeof(struct meterbus_bus_record) == 40);
static_assert(sizeof(struct meterbus_xfer) == 88);
static_assert(offsetof(struct meterbus_xfer, sent_ns) % sizeof(u64) == 0);

static int mbus_open(struct inode *inode, struct file *file)
{
	struct mbus_bus *bus = container_of(inode->i_cdev, struct mbus_bus,
					    cdev);
	struct mbus_client *client = mbus_client_open(bus);

	if (IS_ERR(client))
		return PTR_ERR(client);
	file->private_data = client;
	return stream_open(inode, file);
}

static int mbus_release(struct inode *inode, struct file *file)
{
	struct mbus_client *client = file->private_data;

	mbus_request_leave(client);
	mbus_client_close(client);
	return 0;
}

static ssize_t mbus_read(struct file *file, char __user *buf, size_t count,
			 loff_t *pos)
{
	struct mbus_client *client = file->private_data;
	struct mbus_queued_record record;
	const void *begin;
	ssize_t len;

	while (!(len = mbus_client_take(client, count, &record, &begin))) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(client->wait,
					     mbus_client_readable(client)))
			return -ERESTARTSYS;
	}
	if (len == -ENODEV)
		return 0;
	if (len > 0 && copy_to_user(buf, begin, len))
		return -EFAULT;
	return len;
}

static ssize_t mbus_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos)
{
	struct mbus_client *client = file->private_data;
	struct mbus_request *request;
	ssize_t ret;

	if (count > METERBUS_FRAME_MAX)
		return -EMSGSIZE;
	request = mbus_request_alloc(client, MBUS_REQUEST_WRITE);
	if (!request)
		return -ENOMEM;
	if (copy_from_user(request->xfer.request, buf, count)) {
		ret = -EFAULT;
		goto put_request;
	}
	request->xfer.request_len = count;
	if (!mbus_frame_sendable(request->xfer.request, count)) {
		ret = -EINVAL;
		goto put_request;
	}

	while ((ret = mbus_request_write(request)) == -EAGAIN) {
		if (file->f_flags & O_NONBLOCK)
			break;
		if (wait_event_interruptible(client->wait,
					     !READ_ONCE(client->writing))) {
			ret = -ERESTARTSYS;
			break;
		}
	}
	if (!ret)
		ret = count;
put_request:
	mbus_request_put(request);
	return ret;
}

static __poll_t mbus_poll(struct file *file, poll_table *wait)
{
	struct mbus_client *client = file->private_data;

	poll_wait(file, &client->wait, wait);
	return mbus_client_poll(client);
}

/* Not under lock: the transaction has ended, it is the caller's alone. */
static int put_result(struct meterbus_xfer __user *argp, struct meterbus_xfer *arg,
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
	return !arg->reserved[0] && !arg->reserved[1] && !arg->reserved[2] &&
	       !arg->reserved2 && !arg->reserved3 &&
	       arg->guard_us <= METERBUS_TIME_MAX_US &&
	       arg->window_us <= METERBUS_TIME_MAX_US &&
	       (arg->repeats <= METERBUS_REPEATS_MAX ||
		arg->repeats == METERBUS_REPEATS_BUS) &&
	       arg->request_len <= METERBUS_FRAME_MAX;
}

static int ioctl_xfer(struct mbus_client *client, struct meterbus_xfer __user *argp)
{
	struct mbus_request *request;
	struct mbus_line_xfer *xfer;
	struct meterbus_xfer arg;
	int ret;

	if (copy_from_user(&arg, argp, sizeof(arg)))
		return -EFAULT;
	if (!xfer_valid(&arg))
		return -EINVAL;

	request = mbus_request_alloc(client, MBUS_REQUEST_XFER);
	if (!request)
		return -ENOMEM;
	xfer = &request->xfer;
	xfer->request_len = arg.request_len;
	xfer->guard_ns = (u64)arg.guard_us * NSEC_PER_USEC;
	xfer->window_ns = (u64)arg.window_us * NSEC_PER_USEC;
	xfer->repeats = arg.repeats;
	if (copy_from_user(xfer->request, u64_to_user_ptr(arg.request),
			   arg.request_len)) {
		ret = -EFAULT;
		goto put_request;
	}
	if (!mbus_frame_sendable(xfer->request, arg.request_len)) {
		ret = -EINVAL;
		goto put_request;
	}

	ret = mbus_request_run(request, arg.wait_ms ?: WAIT_DEFAULT_MS);
	if (!ret)
		ret = put_result(argp, &arg, xfer);
put_request:
	mbus_request_put(request);
	return ret;
}

static int ioctl_hold(struct mbus_client *client,
		      const struct meterbus_hold __user *argp)
{
	struct mbus_request *request;
	struct meterbus_hold arg;
	int ret;

	if (copy_from_user(&arg, argp, sizeof(arg)))
		return -EFAULT;
	if (arg.limit_ms > METERBUS_HOLD_MAX_MS)
		return -EINVAL;

	request = mbus_request_alloc(client, MBUS_REQUEST_HOLD);
	if (!request)
		return -ENOMEM;
	request->claim.hold_ns = (u64)(arg.limit_ms ?: HOLD_DEFAULT_MS) *
				 NSEC_PER_MSEC;
	ret = mbus_request_run(request, arg.wait_ms ?: WAIT_DEFAULT_MS);
	mbus_request_put(request);
	return ret;
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

static long mbus_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct mbus_client *client = file->private_data;
	void __user *argp = (void __user *)arg;
	bool writer = file->f_mode & FMODE_WRITE;

	if (mbus_bus_dead(client->bus))
		return -ENODEV;

	switch (cmd) {
	case METERBUS_IOC_GET_ABI:
		return put_user(METERBUS_ABI_VERSION, (u32 __user *)argp);
	case METERBUS_IOC_SET_MODE:
		return ioctl_set_mode(client, argp);
	case METERBUS_IOC_XFER:
		return writer ? ioctl_xfer(client, argp) : -EPERM;
	case METERBUS_IOC_HOLD:
		return writer ? ioctl_hold(client, argp) : -EPERM;
	case METERBUS_IOC_RELEASE:
		return mbus_request_release(client);
	default:
		return -ENOTTY;
	}
}

const struct file_operations mbus_chardev_fops = {
	.owner		= THIS_MODULE,
	.open		= mbus_open,
	.release	= mbus_release,
	.read		= mbus_read,
	.write		= mbus_write,
	.poll		= mbus_poll,
	.unlocked_ioctl	= mbus_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
