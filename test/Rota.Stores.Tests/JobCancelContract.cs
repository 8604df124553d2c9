using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Cancel, in each state.</summary>
public abstract class JobCancelContract : StoreContract
{
    private async Task<JobId> InStateAsync(JobState state)
    {
        switch (state)
        {
            case JobState.Queued: return await InsertAsync();
            case JobState.Scheduled: return await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromHours(1) });
            case JobState.Blocked:
                var before = await InsertAndClaimAsync();
                return await InsertAsync(Plain with { DependsOn = [before.Id] });
        }
        var job = await InsertAndClaimAsync();
        var what = state switch
        {
            JobState.Retrying => JobEvent.Fail,
            JobState.Succeeded => JobEvent.Succeed,
            JobState.Failed => JobEvent.Exhaust,
            JobState.Canceled => JobEvent.Cancel,
            _ => (JobEvent?)null,
        };
        if (what is { } end)
            await EndAsync(job, end);
        return job.Id;
    }

    [Theory]
    [InlineData(JobState.Queued)]
    [InlineData(JobState.Scheduled)]
    [InlineData(JobState.Blocked)]
    [InlineData(JobState.Retrying)]
    public async Task What_has_not_started_is_canceled_at_once(JobState state)
    {
        var id = await InStateAsync(state);

        Assert.Equal(new CancelOutcome(id, state, null), await CancelAsync(id, "no more need"));

        var job = await GetAsync(id);
        Assert.Equal((JobState.Canceled, "no more need", Now), (job.State, job.Error, job.EndedAt));
    }

    [Fact]
    public async Task A_running_job_is_asked_to_stop()
    {
        var id = await InStateAsync(JobState.Running);
        var held = await HeldAsync(id);
        Assert.Empty(await Jobs.StopRequestsAsync([held], Stop));

        Assert.Equal(new CancelOutcome(id, JobState.Running, Node), await CancelAsync(id, "no more need"));

        var job = await GetAsync(id);
        Assert.Equal((JobState.Running, true), (job.State, job.IsCancelRequested));
        Assert.Equal("no more need", (await Jobs.StopRequestsAsync([held], Stop))[held.Token]);
    }

    [Fact]
    public async Task The_first_reason_stays()
    {
        var id = await InStateAsync(JobState.Running);

        await CancelAsync(id, "first");
        await CancelAsync(id, "second");

        var held = await HeldAsync(id);
        Assert.Equal("first", (await Jobs.StopRequestsAsync([held], Stop))[held.Token]);
    }

    [Fact]
    public async Task An_attempt_whose_lease_was_lost_is_told_without_a_reason()
    {
        var lost = await InsertAndClaimAsync();
        await DieAndRescueAsync();
        var again = await ClaimOneAsync();

        var asked = await Jobs.StopRequestsAsync([lost, again], Stop);

        Assert.Equal([new(lost.Token, null)], asked);
    }

    /// <summary>As a worker that runs the job would name it.</summary>
    private async Task<Claimed> HeldAsync(JobId id)
    {
        var job = await GetAsync(id);
        return new Claimed
        {
            Id = id,
            Token = job.Token!.Value,
            Attempt = job.Attempt,
            Crashes = job.Crashes,
            Kind = job.Kind,
            Queue = job.Queue,
            Priority = job.Priority,
            Project = job.Project,
            Args = job.Args,
            CreatedAt = job.CreatedAt,
        };
    }

    [Fact]
    public async Task The_request_wakes_the_watchdog()
    {
        var id = await InStateAsync(JobState.Running);
        var isSet = Store.Signals.CancelRequested.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);

        await CancelAsync(id);

        Assert.True(await isSet);
    }

    [Theory]
    [InlineData(JobState.Succeeded)]
    [InlineData(JobState.Failed)]
    [InlineData(JobState.Canceled)]
    public async Task What_has_ended_stays_as_it_ended(JobState state)
    {
        var id = await InStateAsync(state);
        var before = await GetAsync(id);

        Assert.Equal(state, (await CancelAsync(id))!.Value.Was);

        var after = await GetAsync(id);
        Assert.Equal((before.State, before.Error, before.EndedAt), (after.State, after.Error, after.EndedAt));
    }

    [Fact]
    public async Task The_answers_stand_in_the_order_of_the_ids_and_null_for_what_is_not_there()
    {
        var one = await InsertAsync();
        var two = await InsertAsync();

        var outcomes = await Jobs.CancelAsync([two, new JobId(4711), one], "x", Now, Stop);

        Assert.Equal([two, null, one], outcomes.Select(outcome => outcome?.Id));
    }

    [Theory]
    [InlineData(JobEvent.Fail)]
    [InlineData(JobEvent.Snooze)]
    [InlineData(JobEvent.Rescue)]
    public async Task A_job_that_was_asked_to_stop_does_not_run_again(JobEvent what)
    {
        var job = await InsertAndClaimAsync();
        await CancelAsync(job.Id, "no more need");

        await EndAsync(job, what);

        var ended = await GetAsync(job.Id);
        Assert.Equal((JobState.Canceled, "no more need"), (ended.State, ended.Error));
    }

    [Theory]
    [InlineData(JobEvent.Succeed)]
    [InlineData(JobEvent.Exhaust)]
    public async Task A_job_that_ended_before_it_heard_of_the_cancel_stays_as_it_ended(JobEvent what)
    {
        var job = await InsertAndClaimAsync();
        await CancelAsync(job.Id);

        await EndAsync(job, what);

        Assert.Equal(JobState.Running.After(what), await StateAsync(job.Id));
    }

    [Fact]
    public async Task A_job_that_was_asked_to_stop_is_canceled_when_its_process_dies()
    {
        var job = await InsertAndClaimAsync();
        await CancelAsync(job.Id, "no more need");

        await DieAndRescueAsync();

        var ended = await GetAsync(job.Id);
        Assert.Equal((JobState.Canceled, "no more need"), (ended.State, ended.Error));
    }
}
