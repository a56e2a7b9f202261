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

#include "bus.h"

static dev_t mbus_first_dev;

/* The same for programs of 32 and of 64 bits. */
static_assert(sizeof(struct mbus_record) == 40);
static_assert(sizeof(struct mbus_xfer) == 88);
static_assert(offsetof(struct mbus_xfer, sent_ns) % sizeof(u64) == 0);

/* A record and its data, as it lies in a client's queue. */
struct queued_record {
	struct mbus_record head;
	u8 data[MBUS_DATA_MAX];
};

/**
 * mbus_client_record() - put a record into a file's queue
 * @client: the file
 * @record: head, followed by its data
 * @len: of both
 *
 * Called with bus->lock held. A slow reader loses its oldest records and never
 * holds up the bus.
 */
void mbus_client_record(struct mbus_client *client,
			const struct mbus_record *record, size_t len)
{
	lockdep_assert_held(&client->bus->lock);

	if (client->mode == MBUS_MODE_PLAIN &&
	    (record->kind != MBUS_KIND_FRAME ||
	     record->flags & MBUS_FLAG_OWN))
		return;

	while (kfifo_avail(&client->queue) < len) {
		kfifo_skip(&client->queue);
		client->lost++;
		client->bus->records_lost++;
	}
	kfifo_in(&client->queue, (const u8 *)record, len);
	wake_up_all(&client->wait);
}

static int mbus_open(struct inode *inode, struct file *file)
{
	struct mbus_bus *bus = container_of(inode->i_cdev, struct mbus_bus,
					    cdev);
	struct mbus_client *client;
	int ret;

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return -ENOMEM;
	client->bus = bus;
	init_waitqueue_head(&client->wait);
	ret = kfifo_alloc(&client->queue, MBUS_QUEUE_SIZE,
			  GFP_KERNEL_ACCOUNT);
	if (ret)
		goto free_client;
	ret = mbus_bus_add_client(bus, client);
	if (ret)
		goto free_queue;
	get_device(&bus->dev);
	file->private_data = client;
	return stream_open(inode, file);

free_queue:
	kfifo_free(&client->queue);
free_client:
	kfree(client);
	return ret;
}

static int mbus_release(struct inode *inode, struct file *file)
{
	struct mbus_client *client = file->private_data;
	struct mbus_bus *bus = client->bus;

	mbus_bus_remove_client(client);
	kfifo_free(&client->queue);
	kfree(client);
	put_device(&bus->dev);
	return 0;
}

/*
 * Takes the next record off the queue if @room holds it. Returns its length
 * for the reader, and where that begins in @out; 0 when there is none.
 */
static ssize_t take_record(struct mbus_client *client, size_t room,
			   struct queued_record *out, const void **begin)
{
	struct mbus_bus *bus = client->bus;
	ssize_t len = 0;
	size_t skip;

	spin_lock_bh(&bus->lock);
	skip = client->mode == MBUS_MODE_PLAIN ? sizeof(out->head) : 0;
	if (!kfifo_is_empty(&client->queue)) {
		len = kfifo_peek_len(&client->queue) - skip;
		if (len > room) {
			len = -EMSGSIZE;
		} else {
			len = kfifo_out(&client->queue, (u8 *)out,
					sizeof(*out)) - skip;
			out->head.lost = client->lost;
			client->lost = 0;
			*begin = (u8 *)out + skip;
		}
	} else if (bus->dead) {
		len = -ENODEV;
	}
	spin_unlock_bh(&bus->lock);
	return len;
}

static bool readable(struct mbus_client *client)
{
	return !kfifo_is_empty(&client->queue) || READ_ONCE(client->bus->dead);
}

static ssize_t mbus_read(struct file *file, char __user *buf, size_t count,
			 loff_t *pos)
{
	struct mbus_client *client = file->private_data;
	struct queued_record record;
	const void *begin;
	ssize_t len;

	while (!(len = take_record(client, count, &record, &begin))) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(client->wait, readable(client)))
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

	if (count > MBUS_FRAME_MAX)
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

	while ((ret = mbus_bus_write(request)) == -EAGAIN) {
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
	struct mbus_bus *bus = client->bus;
	__poll_t mask = 0;

	poll_wait(file, &client->wait, wait);
	spin_lock_bh(&bus->lock);
	if (!kfifo_is_empty(&client->queue))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (bus->dead)
		mask |= EPOLLHUP | EPOLLERR;
	else if (!client->writing && !bus->no_link)
		mask |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock_bh(&bus->lock);
	return mask;
}

/* Not under lock: the transaction has ended, it is the caller's alone. */
static int put_result(struct mbus_xfer __user *argp, struct mbus_xfer *arg,
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

static bool xfer_valid(const struct mbus_xfer *arg)
{
	return !arg->reserved[0] && !arg->reserved[1] && !arg->reserved[2] &&
	       !arg->reserved2 && !arg->reserved3 &&
	       arg->guard_us <= MBUS_TIME_MAX_US &&
	       arg->window_us <= MBUS_TIME_MAX_US &&
	       (arg->repeats <= MBUS_REPEATS_MAX ||
		arg->repeats == MBUS_REPEATS_BUS) &&
	       arg->request_len <= MBUS_FRAME_MAX;
}

static int ioctl_xfer(struct mbus_client *client, struct mbus_xfer __user *argp)
{
	struct mbus_request *request;
	struct mbus_line_xfer *xfer;
	struct mbus_xfer arg;
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
	if (arg.repeats == MBUS_REPEATS_BUS)
		xfer->repeats = READ_ONCE(client->bus->line.timing.repeats);
	if (copy_from_user(xfer->request, u64_to_user_ptr(arg.request),
			   arg.request_len)) {
		ret = -EFAULT;
		goto put_request;
	}
	if (!mbus_frame_sendable(xfer->request, arg.request_len)) {
		ret = -EINVAL;
		goto put_request;
	}

	ret = mbus_bus_run(request, arg.wait_ms ?: MBUS_WAIT_DEFAULT_MS);
	if (!ret)
		ret = put_result(argp, &arg, xfer);
put_request:
	mbus_request_put(request);
	return ret;
}

static int ioctl_hold(struct mbus_client *client,
		      const struct mbus_hold __user *argp)
{
	struct mbus_request *request;
	struct mbus_hold arg;
	int ret;

	if (copy_from_user(&arg, argp, sizeof(arg)))
		return -EFAULT;
	if (arg.limit_ms > MBUS_HOLD_MAX_MS)
		return -EINVAL;

	request = mbus_request_alloc(client, MBUS_REQUEST_HOLD);
	if (!request)
		return -ENOMEM;
	request->limit_ms = arg.limit_ms ?: MBUS_HOLD_DEFAULT_MS;
	ret = mbus_bus_run(request, arg.wait_ms ?: MBUS_WAIT_DEFAULT_MS);
	mbus_request_put(request);
	return ret;
}

static int ioctl_set_mode(struct mbus_client *client, const u32 __user *argp)
{
	u32 mode;

	if (get_user(mode, argp))
		return -EFAULT;
	if (mode != MBUS_MODE_PLAIN && mode != MBUS_MODE_RECORD)
		return -EINVAL;

	spin_lock_bh(&client->bus->lock);
	kfifo_reset(&client->queue);
	client->lost = 0;
	client->mode = mode;
	spin_unlock_bh(&client->bus->lock);
	return 0;
}

static long mbus_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct mbus_client *client = file->private_data;
	struct mbus_bus *bus = client->bus;
	void __user *argp = (void __user *)arg;
	bool writer = file->f_mode & FMODE_WRITE;

	if (READ_ONCE(bus->dead))
		return -ENODEV;

	switch (cmd) {
	case MBUS_IOC_GET_ABI:
		return put_user(MBUS_ABI_VERSION, (u32 __user *)argp);
	case MBUS_IOC_SET_MODE:
		return ioctl_set_mode(client, argp);
	case MBUS_IOC_XFER:
		return writer ? ioctl_xfer(client, argp) : -EPERM;
	case MBUS_IOC_HOLD:
		return writer ? ioctl_hold(client, argp) : -EPERM;
	case MBUS_IOC_RELEASE:
		return mbus_bus_release(client);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations mbus_fops = {
	.owner		= THIS_MODULE,
	.open		= mbus_open,
	.release	= mbus_release,
	.read		= mbus_read,
	.write		= mbus_write,
	.poll		= mbus_poll,
	.unlocked_ioctl	= mbus_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/**
 * mbus_chardev_setup() - give a bus its device number and operations
 * @bus: with its id
 */
void mbus_chardev_setup(struct mbus_bus *bus)
{
	cdev_init(&bus->cdev, &mbus_fops);
	bus->cdev.owner = THIS_MODULE;
	bus->dev.devt = MKDEV(MAJOR(mbus_first_dev), bus->id);
}

int mbus_chardev_init(void)
{
	return alloc_chrdev_region(&mbus_first_dev, 0, MBUS_MINORS, "mbus");
}

void mbus_chardev_exit(void)
{
	unregister_chrdev_region(mbus_first_dev, MBUS_MINORS);
}
