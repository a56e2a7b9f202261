// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a search tries next in a grid of two digits.
 */
#include "../../userspace/libmeterbus/search/grid.h"

#include "kselftest_harness.h"

FIXTURE(grid)
{
	struct grid grid;
	struct grid_choice next;
};

FIXTURE_SETUP(grid)
{
	self->grid = (struct grid){ .serials = true };
	/* Rows without several meters are done. */
	for (int row = 0; row < GRID_DIGITS; row++)
		for (int column = 0; column < GRID_DIGITS; column++)
			self->grid.cells[row][column] = GRID_EMPTY;
}

FIXTURE_TEARDOWN(grid)
{
}

static void open_row(FIXTURE_DATA(grid) *self, int row)
{
	self->grid.several[row] = true;
	for (int column = 0; column < GRID_DIGITS; column++)
		self->grid.cells[row][column] = GRID_UNTRIED;
}

static void find(FIXTURE_DATA(grid) *self, int row, int column)
{
	self->grid.cells[row][column] = GRID_METER;
	self->grid.blocked[column] = true;
}

TEST_F(grid, nothing_is_left)
{
	EXPECT_FALSE(grid_choose(&self->grid, &self->next));
}

TEST_F(grid, every_cell_has_its_turn)
{
	int turns = 0;

	open_row(self, 3);
	open_row(self, 7);
	while (grid_choose(&self->grid, &self->next)) {
		ASSERT_GT(21, ++turns);
		for (unsigned int row = 0; row < GRID_DIGITS; row++)
			if (self->next.whole || row == self->next.row)
				self->grid.cells[row][self->next.column] =
					GRID_EMPTY;
	}
	for (int column = 0; column < GRID_DIGITS; column++)
		EXPECT_EQ(0, grid_untried(&self->grid, column));
}

TEST_F(grid, one_row_has_nothing_to_share)
{
	open_row(self, 4);
	ASSERT_TRUE(grid_choose(&self->grid, &self->next));
	EXPECT_FALSE(self->next.whole);
}

TEST_F(grid, two_rows_share_a_column)
{
	self->grid.serials = false;
	open_row(self, 1);
	open_row(self, 6);
	ASSERT_TRUE(grid_choose(&self->grid, &self->next));
	EXPECT_TRUE(self->next.whole);
	EXPECT_EQ(2, grid_untried(&self->grid, self->next.column));
}

TEST_F(grid, ten_rows_with_several_are_too_many_for_it)
{
	self->grid.serials = false;
	for (int row = 0; row < GRID_DIGITS; row++)
		open_row(self, row);
	ASSERT_TRUE(grid_choose(&self->grid, &self->next));
	EXPECT_FALSE(self->next.whole);
}

TEST_F(grid, a_known_meter_blocks_its_column)
{
	self->grid.serials = false;
	open_row(self, 1);
	open_row(self, 6);
	for (int column = 0; column < GRID_DIGITS; column++)
		self->grid.blocked[column] = true;
	ASSERT_TRUE(grid_choose(&self->grid, &self->next));
	EXPECT_FALSE(self->next.whole);
}

TEST_F(grid, serials_go_on_beside_a_meter)
{
	open_row(self, 2);
	open_row(self, 7);
	find(self, 7, 3);
	ASSERT_TRUE(grid_choose(&self->grid, &self->next));
	EXPECT_EQ(7, self->next.row);
	EXPECT_EQ(4, self->next.column);
}

TEST_F(grid, serials_go_on_in_the_next_row)
{
	open_row(self, 4);
	open_row(self, 5);
	ASSERT_TRUE(grid_choose(&self->grid, &self->next));
	EXPECT_EQ(9, self->next.column);
	EXPECT_EQ(4, self->next.row);
}

TEST_F(grid, other_digits_have_no_neighbours)
{
	self->grid.serials = false;
	open_row(self, 2);
	open_row(self, 7);
	find(self, 7, 3);
	ASSERT_TRUE(grid_choose(&self->grid, &self->next));
	EXPECT_EQ(2, self->next.row);
}

TEST_F(grid, what_is_known_comes_first)
{
	open_row(self, 2);
	open_row(self, 7);
	find(self, 7, 3);
	self->grid.sure[2][0] = true;
	ASSERT_TRUE(grid_choose(&self->grid, &self->next));
	EXPECT_EQ(2, self->next.row);
	EXPECT_EQ(0, self->next.column);
}

TEST_HARNESS_MAIN
