using Rota.Jobs;

namespace Rota.Stores.Tests;

/// <summary>What becomes of jobs whose process died.</summary>
public abstract class JobRescueContract : StoreContract
{
    [Fact]
    public async Task A_job_of_a_dead_process_is_queued_again_at_once_and_its_attempt_counts()
    {
        var job = await InsertAndClaimAsync();

        Assert.Equal(1, await DieAndRescueAsync());

        var again = await ClaimOneAsync();
        Assert.Equal((job.Id, 2, 1), (again.Id, again.Attempt, again.Crashes));
    }

    [Fact]
    public async Task Jobs_of_the_living_process_are_left_alone()
    {
        await InsertAndClaimAsync();

        Assert.Equal(0, await Jobs.RescueAsync(new(3), Now, Stop));
    }

    [Fact]
    public async Task The_lost_attempt_is_noted()
    {
        var job = await InsertAndClaimAsync();
        await DieAndRescueAsync();

        var attempt = Assert.Single(await Store.Attempts.ListAsync(job.Id, Stop));

        Assert.Equal((AttemptOutcome.Lost, 1, Node, job.Token),
            (attempt.Outcome, attempt.Number, attempt.Node, attempt.Token));
    }

    [Fact]
    public async Task A_job_lost_on_its_last_attempt_has_failed_as_lost()
    {
        var job = await InsertAndClaimAsync(WithAttempts(1));

        await DieAndRescueAsync();

        var ended = await GetAsync(job.Id);
        Assert.Equal((JobState.Failed, FailReason.Lost), (ended.State, ended.Reason));
    }

    [Fact]
    public async Task A_job_that_takes_down_three_processes_in_a_row_is_in_quarantine()
    {
        var id = await InsertAsync(WithAttempts(100));
        for (var crash = 1; crash <= 3; crash++)
        {
            await ClaimOneAsync();
            await DieAndRescueAsync();
        }

        var job = await GetAsync(id);
        Assert.Equal((JobState.Failed, FailReason.Crashed), (job.State, job.Reason));
        Assert.Contains("3 processes", job.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_attempt_in_between_starts_the_count_of_crashes_anew()
    {
        var id = await InsertAsync(WithAttempts(100));
        for (var round = 0; round < 3; round++)
        {
            await ClaimOneAsync();
            await DieAndRescueAsync();
            await EndAsync(await ClaimOneAsync(), JobEvent.Fail);
            await Jobs.HurryAsync(id, Now, Stop);
        }

        Assert.Equal((JobState.Queued, 0), (await StateAsync(id), (await GetAsync(id)).Crashes));
    }

    [Fact]
    public async Task A_job_that_was_given_back_keeps_its_count_of_crashes()
    {
        await InsertAndClaimAsync();
        await DieAndRescueAsync();

        await EndAsync(await ClaimOneAsync(), JobEvent.Rescue);

        Assert.Equal(1, (await ClaimOneAsync()).Crashes);
    }

    [Fact]
    public async Task A_rescue_takes_back_every_lost_job()
    {
        await InsertManyAsync(1_500);
        await ClaimAsync(slots: 1_500);

        Assert.Equal(1_500, await DieAndRescueAsync());
        Assert.Equal(1_500, (await ClaimAsync(slots: 2_000)).Count);
    }
}
