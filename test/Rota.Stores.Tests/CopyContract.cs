using Rota.Access;
using Rota.Copies;
using Rota.Jobs;
using Rota.Queues;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What a copy from any store to any store must do. The store of this class is the source.</summary>
public abstract class CopyContract : FilledStoreContract
{
    /// <summary>Opens the kind of database that is copied into.</summary>
    protected abstract Task<TestStore> OpenTargetAsync();

    private sealed class KilledException : Exception;

    /// <summary>Copies between databases that nobody works on.</summary>
    /// <param name="die">Asked after each page whether the process ends here.</param>
    protected static async Task<CopyResult> CopyAsync(
        TestStore from, TestStore to, bool isRestart = false, Func<CopyStep, bool>? die = null)
    {
        await using var source = await from.OpenCopyAsync(isTarget: false);
        await using var target = await to.OpenCopyAsync(isTarget: true);
        return await new CopyOperations(source).RunAsync(target, isRestart,
            step => _ = die?.Invoke(step) == true ? throw new KilledException() : 0, Stop);
    }

    /// <summary>A filled source and an empty target, which nobody works on.</summary>
    private async Task<TestStore> PrepareAsync()
    {
        await FillAsync();
        await Store.CloseAsync();
        var target = await OpenTargetAsync();
        await target.CloseAsync();
        return target;
    }

    private static async Task DieAsync(TestStore from, TestStore to, int pages)
    {
        var count = 0;
        await Assert.ThrowsAsync<KilledException>(() => CopyAsync(from, to, die: _ => ++count == pages));
    }

    private static async Task<CopyHash> HashAsync(ICopyStore store, CopyTable table, int limit)
    {
        var hash = new CopyHash();
        var page = await store.ReadAsync(table, [], limit, Stop);
        while (page.Count > 0)
        {
            hash.Add(page);
            page = await store.ReadAsync(table, page.LastKey, limit, Stop);
        }
        return hash;
    }

    [Fact]
    public async Task Every_column_of_every_table_is_tried_here()
    {
        await FillAsync();
        await Store.CloseAsync();
        await using var source = await Store.OpenCopyAsync(isTarget: false);

        foreach (var table in CopyTables.All)
        {
            var page = await source.ReadAsync(table, [], 1_000, Stop);
            Assert.All(table.Columns.Index(), column => Assert.True(
                Enumerable.Range(0, page.Count).Any(row => !page[row][column.Index].IsNull),
                $"{table.Name}.{column.Item.Name} is null everywhere"));
        }
    }

    [Fact]
    public async Task What_was_copied_there_and_back_is_the_same()
    {
        await using var target = await PrepareAsync();
        await using var back = await OpenAsync();
        await back.CloseAsync();

        var there = await CopyAsync(Store, target);
        var again = await CopyAsync(target, back);

        Assert.Equal(there.Tables, again.Tables);
        Assert.All(there.Tables, table => Assert.True(table.Rows > 0, $"{table.Name} is empty"));
        await using var copy = await back.OpenCopyAsync(isTarget: false);
        Assert.Equal(there.Tables.Select(table => table.Rows), await copy.CountAsync(Stop));
    }

    [Fact]
    public async Task A_table_is_the_same_by_whatever_pages_it_is_read()
    {
        await FillAsync();
        await Store.CloseAsync();
        await using var source = await Store.OpenCopyAsync(isTarget: false);

        foreach (var table in CopyTables.All)
        {
            Assert.Equal((await HashAsync(source, table, limit: 1_000)).ToString(),
                (await HashAsync(source, table, limit: 1)).ToString());
        }
    }

    [Fact]
    public async Task A_copy_that_is_killed_after_each_page_goes_on_where_it_stopped()
    {
        await using var target = await PrepareAsync();
        var (kills, rows) = (0, 0L);
        CopyResult? result = null;
        while (result is null)
        {
            try
            {
                result = await CopyAsync(Store, target, die: step =>
                {
                    Assert.True(step.Done > rows || step.IsCheck, "a page came twice");
                    rows = step.IsCheck ? rows : step.Done;
                    return !step.IsCheck;
                });
            }
            catch (KilledException)
            {
                kills++;
            }
        }

        Assert.Equal(CopyTables.All.Count, kills);
        Assert.Equal(result.Tables.Sum(table => table.Rows), result.Before);
    }

    [Fact]
    public async Task Many_pages_are_copied_with_a_kill_in_a_table()
    {
        await InsertManyAsync(1_300);
        var target = await PrepareAsync();
        await using var _ = target;

        await DieAsync(Store, target, pages: 1);
        var result = await CopyAsync(Store, target);

        Assert.Equal(CopyPage.RowsFirst, result.Before);
        Assert.True(result.Tables[0].Rows > 1_300);
    }

    [Fact]
    public async Task The_target_goes_on_as_the_source_would()
    {
        await using var target = await PrepareAsync();
        await CopyAsync(Store, target);
        await Store.OpenAgainAsync();
        await target.OpenAgainAsync();

        Assert.Equal(Sorted(await Jobs.CountAsync(Stop)), Sorted(await target.Jobs.CountAsync(Stop)));
        Assert.Equal(4, await target.Jobs.RescueAsync(new RescueRule(3), Now, Stop));
        await Jobs.RescueAsync(new RescueRule(3), Now, Stop);
        Assert.Equal(await TakeAllAsync(Store), await TakeAllAsync(target));
        Assert.Equal(Sorted(await Jobs.CountAsync(Stop)), Sorted(await target.Jobs.CountAsync(Stop)));
        Assert.All(await target.PlacesAsync(), job => Assert.Single(job.Value));
        Assert.Empty(await target.OrphansAsync());
    }

    private static IEnumerable<JobCount> Sorted(IReadOnlyList<JobCount> counts) =>
        counts.OrderBy(count => (count.Queue, count.Kind, count.State));

    /// <summary>Claims as a worker with two slots does that takes ahead what it may.</summary>
    private async Task<List<(JobId, int, int, string, string, int)>> TakeAllAsync(TestStore store)
    {
        string[] queues = ["many", "lost", "failed", "prefetched", "full", "default", "paused"];
        var order = new ClaimOrder(queues, Slots: 2, Prefetch: 50);
        var claimed = (await store.Jobs.ExchangeAsync(new Exchange(Node, [], order, Now), Stop)).Claimed;
        Assert.NotEmpty(claimed);
        return [.. claimed.Select(job => (job.Id, job.Attempt, job.Crashes, job.Kind, job.Project, job.Priority))];
    }

    [Fact]
    public async Task Numbers_go_on_behind_those_of_the_source()
    {
        await using var target = await PrepareAsync();
        await CopyAsync(Store, target);
        CopyPage attempts, runs;
        await using (var copy = await target.OpenCopyAsync(isTarget: false))
        {
            attempts = await copy.ReadAsync(CopyTables.All.Single(table => table.Name == "attempt"), [], 1_000, Stop);
            runs = await copy.ReadAsync(CopyTables.All.Single(table => table.Name == "running"), [], 1_000, Stop);
        }
        await Store.OpenAgainAsync();
        await target.OpenAgainAsync();

        var template = Plain with { Queue = "new" };
        var id = (await target.Jobs.InsertAsync([new NewJob(template, NoArgs)], Now, Stop))[0].Id;
        Assert.Equal(await InsertAsync(template), id);
        var order = new ClaimOrder(["new"], Slots: 1, Prefetch: 0);
        var job = Assert.Single((await target.Jobs.ExchangeAsync(new Exchange(Node, [], order, Now), Stop)).Claimed);
        Assert.All(Enumerable.Range(0, attempts.Count), row => Assert.True(attempts[row][1].Integer < job.Token));
        Assert.All(Enumerable.Range(0, runs.Count), row => Assert.True(runs[row][1].Integer < job.Token));
        await target.Access.AddAuditAsync(new AuditEntry(0, Now, "admin", "new", "", null, null), Stop);
        Assert.Equal(["new", "jobs.list", "jobs.cancel"],
            (await target.Access.ListAuditAsync(null, 10, Stop)).Select(entry => entry.Action));
    }

    [Fact]
    public async Task What_small_stores_keep_is_found_in_the_target()
    {
        await using var target = await PrepareAsync();
        await CopyAsync(Store, target);
        await target.OpenAgainAsync();

        var rules = await target.Queues.RulesAsync(Stop);
        Assert.Equal((new QueueRule(true, null), new QueueRule(false, 7)), (rules["paused"], rules["many"]));
        Assert.Equal("gAAAAA-of-api", await target.Secrets.FindAsync("api", Stop));
        Assert.Equal("gAAAAA-of-schedule", await target.Secrets.FindOfScheduleAsync("hourly", Stop));
        Assert.Equal("abcdef01", await target.Secrets.KeyFingerprintAsync(Stop));
        Assert.Equal("42", await target.Memory.GetAsync("hourly", "last", Stop));
        Assert.Equal("hash of a password", (await target.Access.FindUserAsync("admin", Stop))?.Password);
        Assert.Equal("admin", (await target.Access.FindTokenAsync(new byte[] { 1 }, Stop))?.User);
        Assert.Equal(Role.Operator, (await target.Access.FindTokenAsync(new byte[] { 0, 255, 7 }, Stop))?.Role);
        Assert.Equal(Start.AddHours(1), (await target.Schedules.FindAsync("hourly", Stop))?.NextDue);
        Assert.True((await target.Schedules.FindAsync("paused", Stop))?.IsPaused);
        Assert.Empty(await target.Nodes.ListAsync(Stop));
    }

    [Fact]
    public async Task A_target_with_rows_is_refused_and_stays_as_it_is()
    {
        await using var target = await OpenTargetAsync();
        await target.Secrets.SetAsync("other", "gAAAAA", Now, Stop);
        await target.CloseAsync();
        await FillAsync();
        await Store.CloseAsync();

        foreach (var isRestart in new[] { false, true })
        {
            var error = await Assert.ThrowsAsync<ConflictException>(() => CopyAsync(Store, target, isRestart));
            Assert.Equal("copy.target_not_empty", error.Code);
            Assert.Contains("1 in secret", error.Message);
        }

        await target.OpenAgainAsync();
        Assert.Equal("gAAAAA", await target.Secrets.FindAsync("other", Stop));
        Assert.Empty(await target.Jobs.CountAsync(Stop));
    }

    [Fact]
    public async Task No_Rota_works_on_half_a_copy_and_nobody_copies_it()
    {
        await using var target = await PrepareAsync();
        await DieAsync(Store, target, pages: 3);

        var error = await Assert.ThrowsAsync<StorageException>(target.OpenAgainAsync);
        Assert.Equal("storage.half_copied", error.Code);
        await using (var third = await OpenTargetAsync())
        {
            await third.CloseAsync();
            error = await Assert.ThrowsAsync<StorageException>(() => CopyAsync(target, third));
            Assert.Equal("storage.half_copied", error.Code);
        }

        await CopyAsync(Store, target);
        await target.OpenAgainAsync();
    }

    [Fact]
    public async Task A_source_that_was_started_since_is_refused_until_the_copy_begins_again()
    {
        await using var target = await PrepareAsync();
        await DieAsync(Store, target, pages: 3);
        await Store.OpenAgainAsync();
        await Store.CloseAsync();

        var error = await Assert.ThrowsAsync<ConflictException>(() => CopyAsync(Store, target));
        Assert.Equal("copy.source_changed", error.Code);

        Assert.Equal(0, (await CopyAsync(Store, target, isRestart: true)).Before);
    }

    [Fact]
    public async Task A_database_that_a_Rota_works_on_is_neither_source_nor_target()
    {
        await using var target = await OpenTargetAsync();

        foreach (var open in new[] { () => Store.OpenCopyAsync(false), () => target.OpenCopyAsync(true) })
        {
            var error = await Assert.ThrowsAsync<StorageException>(open);
            Assert.Equal("storage.in_use", error.Code);
        }
    }

    [Fact]
    public async Task Who_knows_another_marker_writes_nothing()
    {
        await using var target = await PrepareAsync();
        await using var source = await Store.OpenCopyAsync(isTarget: false);
        await using var copy = await target.OpenCopyAsync(isTarget: true);
        var page = await source.ReadAsync(CopyTables.All[0], [], 1, Stop);
        await copy.BeginAsync("first", Stop);

        foreach (var write in new[]
        {
            () => copy.WriteAsync(page, "other", "next", Stop), () => copy.ClearAsync("other", "next", Stop),
            () => copy.FinishAsync(default, "other", Stop),
        })
        {
            var error = await Assert.ThrowsAsync<ConflictException>(write);
            Assert.Equal("copy.other", error.Code);
        }
        Assert.All(await copy.CountAsync(Stop), count => Assert.Equal(0, count));
        Assert.Equal("first", await copy.FindMarkerAsync(Stop));
    }

    [Fact]
    public async Task A_plan_counts_and_says_what_is_there_already()
    {
        await using var target = await PrepareAsync();
        await DieAsync(Store, target, pages: 1);
        await using var source = await Store.OpenCopyAsync(isTarget: false);
        await using var copy = await target.OpenCopyAsync(isTarget: false);

        var plan = await new CopyOperations(source).PlanAsync(copy, isRestart: false, Stop);

        Assert.Equal(await source.CountAsync(Stop), plan.Tables.Select(table => table.Rows));
        Assert.Equal(plan.Tables[0].Rows, plan.Done);
        Assert.Equal(0, (await new CopyOperations(source).PlanAsync(copy, isRestart: true, Stop)).Done);
        Assert.Equal(0, (await new CopyOperations(source).PlanAsync(null, isRestart: false, Stop)).Done);
    }

    [Fact]
    public async Task Heavy_rows_come_in_small_pages()
    {
        var heavy = new byte[1_000_000];
        await Jobs.InsertAsync([.. Enumerable.Repeat(new NewJob(Plain, heavy), 20)], Now, Stop);
        await Store.CloseAsync();
        await using var source = await Store.OpenCopyAsync(isTarget: false);

        var page = await source.ReadAsync(CopyTables.All[0], [], 500, Stop);
        Assert.InRange(page.Count, 2, 15);
        Assert.InRange(page.NextLimit, 2, 15);
        Assert.Equal(20, (await HashAsync(source, CopyTables.All[0], limit: 500)).Rows);
    }
}
