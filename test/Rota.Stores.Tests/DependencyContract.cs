using Rota.Jobs;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Jobs that wait for other jobs.</summary>
public abstract class DependencyContract : StoreContract
{
    private static JobTemplate After(DependencyRule rule, params JobId[] on) =>
        Plain with { Kind = "after", DependsOn = on, DependencyRule = rule };

    [Fact]
    public async Task A_job_is_blocked_until_all_it_depends_on_has_succeeded()
    {
        await InsertManyAsync(2);
        var before = await ClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, [.. before.Select(job => job.Id)]));

        Assert.Equal((JobState.Blocked, 2), ((await GetAsync(id)).State, (await GetAsync(id)).Blockers));
        await EndAsync(before[0], JobEvent.Succeed);
        Assert.Equal((JobState.Blocked, 1), ((await GetAsync(id)).State, (await GetAsync(id)).Blockers));
        await EndAsync(before[1], JobEvent.Succeed);
        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task A_blocked_job_with_a_time_is_scheduled_until_then_and_the_promoter_hears_of_it()
    {
        var (before, due) = (await InsertAndClaimAsync(), Now + TimeSpan.FromMinutes(1));
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id) with { DueAt = due });
        Assert.Equal((JobState.Blocked, due), ((await GetAsync(id)).State, (await GetAsync(id)).DueAt));
        Assert.Equal(new Promoted(0, null), await Jobs.PromoteAsync(due, 10, Stop));

        await Store.Signals.Waiting.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop); // of its insert
        var isSet = Store.Signals.Waiting.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);
        await EndAsync(before, JobEvent.Succeed);

        Assert.True(await isSet);
        Assert.Equal((JobState.Scheduled, 0), ((await GetAsync(id)).State, (await GetAsync(id)).Blockers));
        Assert.Equal(new Promoted(0, due), await Jobs.PromoteAsync(Now, 10, Stop));
        Assert.Equal(new Promoted(1, null), await Jobs.PromoteAsync(due, 10, Stop));
        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task A_blocked_job_whose_time_has_come_is_queued_when_the_last_job_ends()
    {
        await InsertManyAsync(2);
        var before = await ClaimAsync();
        var after = After(DependencyRule.AllEnded, before[0].Id, before[1].Id);
        var id = await InsertAsync(after with { DueAt = Now + TimeSpan.FromMinutes(1) });
        await EndAsync(before[0], JobEvent.Succeed);
        Now += TimeSpan.FromMinutes(2);

        await EndAsync(before[1], JobEvent.Exhaust);

        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task A_blocked_job_names_what_it_still_waits_for()
    {
        await InsertManyAsync(2);
        var before = await ClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before[0].Id, before[1].Id));

        await EndAsync(before[0], JobEvent.Succeed);

        Assert.Equal([before[1].Id], (await GetAsync(id)).DependsOn);
    }

    [Theory]
    [InlineData(JobEvent.Exhaust)]
    [InlineData(JobEvent.Cancel)]
    public async Task A_job_that_needs_success_is_canceled_when_there_is_none(JobEvent how)
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id));

        await EndAsync(before, how);

        var job = await GetAsync(id);
        Assert.Equal(JobState.Canceled, job.State);
        Assert.Contains($"Job {before.Id}", job.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_attempt_that_will_be_repeated_cancels_nobody()
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id));

        await EndAsync(before, JobEvent.Fail);

        Assert.Equal(JobState.Blocked, await StateAsync(id));
    }

    [Theory]
    [InlineData(JobEvent.Succeed)]
    [InlineData(JobEvent.Exhaust)]
    [InlineData(JobEvent.Cancel)]
    public async Task A_job_that_needs_only_the_end_runs_however_that_was(JobEvent how)
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllEnded, before.Id));

        await EndAsync(before, how);

        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task The_cancel_of_a_queued_job_cancels_the_whole_chain_behind_it()
    {
        var first = await InsertAsync();
        var second = await InsertAsync(After(DependencyRule.AllSucceeded, first));
        var third = await InsertAsync(After(DependencyRule.AllSucceeded, second));
        var fourth = await InsertAsync(After(DependencyRule.AllEnded, third));

        await CancelAsync(first);

        Assert.Equal([JobState.Canceled, JobState.Canceled, JobState.Queued],
            [await StateAsync(second), await StateAsync(third), await StateAsync(fourth)]);
    }

    [Fact]
    public async Task A_diamond_is_canceled_once()
    {
        var top = await InsertAsync();
        var left = await InsertAsync(After(DependencyRule.AllSucceeded, top));
        var right = await InsertAsync(After(DependencyRule.AllSucceeded, top));
        var bottom = await InsertAsync(After(DependencyRule.AllSucceeded, left, right));

        await CancelAsync(top);

        Assert.Equal(JobState.Canceled, await StateAsync(bottom));
        Assert.All(await Store.PlacesAsync(), job => Assert.Equal(["outcome"], job.Value));
    }

    [Fact]
    public async Task A_job_behind_one_that_had_succeeded_is_queued_at_once()
    {
        var before = await InsertAndClaimAsync();
        await EndAsync(before, JobEvent.Succeed);
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id));

        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task A_job_that_needs_the_success_of_a_failed_one_is_refused()
    {
        var before = await InsertAndClaimAsync();
        await EndAsync(before, JobEvent.Exhaust);

        var error = await Assert.ThrowsAsync<InvalidFieldException>(
            () => InsertAsync(After(DependencyRule.AllSucceeded, before.Id)));

        Assert.Equal("depends_on", error.Field);
    }

    [Fact]
    public async Task A_job_that_needs_only_the_end_of_a_failed_one_is_queued_at_once()
    {
        var before = await InsertAndClaimAsync();
        await EndAsync(before, JobEvent.Exhaust);

        Assert.Equal(JobState.Queued, await StateAsync(await InsertAsync(After(DependencyRule.AllEnded, before.Id))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(-1)]
    public async Task Unknown_jobs_future_jobs_and_the_job_itself_are_refused(int ahead)
    {
        var last = await InsertAsync();

        // 1 ahead is the id that the new job itself would get.
        var on = ahead == 0 ? new JobId(0) : new JobId(last.Value + (ahead < 0 ? 1_000_000 : ahead));
        var error = await Assert.ThrowsAsync<InvalidFieldException>(
            () => InsertAsync(After(DependencyRule.AllSucceeded, on)));

        Assert.Equal("depends_on", error.Field);
        Assert.Single(await Store.PlacesAsync());
    }

    [Fact]
    public async Task The_same_job_named_twice_counts_once()
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id, before.Id));

        await EndAsync(before, JobEvent.Succeed);

        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task A_blocked_job_can_be_canceled_and_is_not_freed_later()
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id));

        await CancelAsync(id);
        await EndAsync(before, JobEvent.Succeed);

        Assert.Equal(JobState.Canceled, await StateAsync(id));
    }

    [Fact]
    public async Task Dependencies_hold_after_the_store_is_opened_again()
    {
        var before = await InsertAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before));
        await Store.ReopenAsync();

        await EndAsync(await ClaimOneAsync(), JobEvent.Succeed);

        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task A_job_that_is_deleted_as_it_ends_still_frees_who_waits_for_it()
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id));

        await EndAsync(Ended(before, JobEvent.Succeed) with { IsKept = false });

        Assert.Equal(JobState.Queued, await StateAsync(id));
        Assert.Empty(await Store.OrphansAsync());
    }

    [Fact]
    public async Task A_lost_job_in_quarantine_cancels_who_needs_its_success()
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id));

        await DieAndRescueAsync(crashesMax: 1);

        Assert.Equal(JobState.Canceled, await StateAsync(id));
    }
}
