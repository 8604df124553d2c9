using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>How attempts end, and what becomes of their jobs.</summary>
public abstract class JobEndContract : StoreContract
{
    public static TheoryData<JobEvent> Ends => new(
        Enum.GetValues<JobEvent>().Where(what => JobState.Running.After(what) is not null));

    [Theory, MemberData(nameof(Ends))]
    public async Task Every_end_moves_the_job_where_the_lifecycle_says(JobEvent what)
    {
        var job = await InsertAndClaimAsync();

        Assert.True(await EndAsync(job, what));

        Assert.Equal(JobState.Running.After(what), await StateAsync(job.Id));
        Assert.Single((await Store.PlacesAsync())[job.Id]);
    }

    [Theory, MemberData(nameof(Ends))]
    public async Task A_late_end_with_an_old_token_is_refused_and_changes_nothing(JobEvent what)
    {
        var old = await InsertAndClaimAsync();
        await DieAndRescueAsync();
        var now = await ClaimOneAsync();

        Assert.False(await EndAsync(old, what));

        var job = await GetAsync(old.Id);
        Assert.Equal((JobState.Running, now.Token), (job.State, job.Token));
    }

    [Fact]
    public async Task The_same_end_brought_twice_is_refused_the_second_time()
    {
        var job = await InsertAndClaimAsync();

        Assert.True(await EndAsync(job, JobEvent.Succeed));
        Assert.False(await EndAsync(job, JobEvent.Exhaust));
        Assert.Equal(JobState.Succeeded, await StateAsync(job.Id));
    }

    [Fact]
    public async Task A_refused_end_does_not_stop_its_neighbours()
    {
        await InsertManyAsync(2);
        var jobs = await ClaimAsync();
        await EndAsync(jobs[0], JobEvent.Succeed);

        var exchanged = await Jobs.ExchangeAsync(
            new Exchange(Node, [.. jobs.Select(job => Ended(job, JobEvent.Succeed))], Claim: null, Now), Stop);

        Assert.Equal([jobs[0].Token], exchanged.Refused);
        Assert.Equal(JobState.Succeeded, await StateAsync(jobs[1].Id));
    }

    [Fact]
    public async Task A_failed_attempt_counts_and_the_next_one_has_the_next_number()
    {
        await EndAsync(await InsertAndClaimAsync(), JobEvent.Fail);
        Now += TimeSpan.FromMinutes(1);
        await Jobs.PromoteAsync(Now, 10, Stop);

        Assert.Equal(2, (await ClaimOneAsync()).Attempt);
    }

    [Fact]
    public async Task A_snooze_counts_no_attempt()
    {
        await EndAsync(await InsertAndClaimAsync(), JobEvent.Snooze);
        Now += TimeSpan.FromMinutes(1);
        await Jobs.PromoteAsync(Now, 10, Stop);

        Assert.Equal(1, (await ClaimOneAsync()).Attempt);
    }

    [Fact]
    public async Task A_job_that_is_given_back_counts_no_attempt()
    {
        await EndAsync(await InsertAndClaimAsync(), JobEvent.Rescue);

        Assert.Equal(1, (await ClaimOneAsync()).Attempt);
    }

    [Fact]
    public async Task A_succeeded_job_keeps_its_output_and_its_times()
    {
        var job = await InsertAndClaimAsync();
        Now += TimeSpan.FromSeconds(2);

        await EndAsync(Ended(job, JobEvent.Succeed) with { StartedAt = Start, Output = Json("[1,2]") });

        var ended = await GetAsync(job.Id);
        Assert.Equal("[1,2]", Text(ended.Output!.Value));
        Assert.Equal((Start, Now, Node, 1), (ended.StartedAt, ended.EndedAt, ended.Node, ended.Attempt));
    }

    [Fact]
    public async Task A_failed_job_says_why()
    {
        var job = await InsertAndClaimAsync();

        await EndAsync(Ended(job, JobEvent.Exhaust) with { Reason = FailReason.Timeout });

        var ended = await GetAsync(job.Id);
        Assert.Equal((FailReason.Timeout, "it broke"), (ended.Reason, ended.Error));
    }

    [Fact]
    public async Task A_retrying_job_shows_its_last_error()
    {
        var job = await InsertAndClaimAsync();
        await EndAsync(job, JobEvent.Fail);

        Assert.Equal("it broke", (await GetAsync(job.Id)).Error);
    }

    [Fact]
    public async Task A_job_that_is_not_kept_leaves_nothing_behind()
    {
        var job = await InsertAndClaimAsync(Plain with { Tags = ["a"] });
        await Store.Attempts.ReportAsync([Line(job, 1)], [], Stop);

        await EndAsync(Ended(job, JobEvent.Succeed) with { IsKept = false, HasLog = true, Output = Json("1") });

        Assert.Null(await Jobs.FindAsync(job.Id, Stop));
        Assert.Empty(await Store.OrphansAsync());
        Assert.Empty(await Jobs.CountAsync(Stop));
    }

    [Fact]
    public async Task Due_jobs_become_ready_oldest_due_first_and_no_more_than_asked_for()
    {
        var late = await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromSeconds(20) });
        var early = await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromSeconds(10) });
        Now += TimeSpan.FromSeconds(30);

        var promoted = await Jobs.PromoteAsync(Now, limit: 1, Stop);

        Assert.Equal(new Promoted(1, Start + TimeSpan.FromSeconds(20)), promoted);
        Assert.Equal((JobState.Queued, JobState.Scheduled), (await StateAsync(early), await StateAsync(late)));
    }

    [Fact]
    public async Task A_job_is_due_at_its_instant_and_not_before()
    {
        await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromSeconds(10) });

        Now = Start + TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1);
        Assert.Equal(0, (await Jobs.PromoteAsync(Now, 10, Stop)).Count);
        Now = Start + TimeSpan.FromSeconds(10);
        Assert.Equal(new Promoted(1, null), await Jobs.PromoteAsync(Now, 10, Stop));
    }

    [Fact]
    public async Task Blocked_jobs_are_never_due()
    {
        var before = await InsertAsync();
        await InsertAsync(Plain with { DependsOn = [before] });

        Assert.Equal(new Promoted(0, null), await Jobs.PromoteAsync(Now + TimeSpan.FromDays(9_999), 10, Stop));
    }

    [Fact]
    public async Task A_scheduled_or_retrying_job_can_be_hurried()
    {
        var scheduled = await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromHours(1) });
        var retrying = await InsertAndClaimAsync();
        await EndAsync(retrying, JobEvent.Fail);

        Assert.True(await Jobs.HurryAsync(scheduled, Now, Stop));
        Assert.True(await Jobs.HurryAsync(retrying.Id, Now, Stop));

        Assert.Equal([1, 2], (await ClaimAsync()).Select(job => job.Attempt));
    }

    [Fact]
    public async Task Queued_blocked_running_ended_and_unknown_jobs_cannot_be_hurried()
    {
        var ended = await InsertAndClaimAsync();
        await EndAsync(ended, JobEvent.Succeed);
        var running = await InsertAndClaimAsync();
        var blocked = await InsertAsync(Plain with { DependsOn = [running.Id] });
        var queued = await InsertAsync();

        foreach (var id in new[] { ended.Id, running.Id, blocked, queued, new JobId(4711) })
            Assert.False(await Jobs.HurryAsync(id, Now, Stop));
    }
}
