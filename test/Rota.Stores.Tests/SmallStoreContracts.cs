using Rota.Queues;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What is said of queues.</summary>
public abstract class QueueStoreContract : StoreContract
{
    [Fact]
    public async Task Paused_and_limited_queues_are_listed_and_resumed_ones_are_neither()
    {
        foreach (var queue in new[] { "b", "a", "c" })
            await Store.Queues.SetPausedAsync(queue, isPaused: true, Stop);
        await Store.Queues.SetPausedAsync("c", isPaused: false, Stop);
        await Store.Queues.SetMaxRunningAsync("a", 3, Stop);
        await Store.Queues.SetMaxRunningAsync("d", 1, Stop);

        var rules = await Store.Queues.RulesAsync(Stop);
        Assert.Equal([("a", new QueueRule(true, 3)), ("b", new(true, null)), ("c", default), ("d", new(false, 1))],
            rules.OrderBy(queue => queue.Key).Select(queue => (queue.Key, queue.Value)));
    }

    [Fact]
    public async Task A_pause_holds_after_the_store_is_opened_again()
    {
        await Store.Queues.SetPausedAsync("a", isPaused: true, Stop);
        await Store.ReopenAsync();

        Assert.True((await Store.Queues.RulesAsync(Stop))["a"].IsPaused);
    }

    [Fact]
    public async Task The_oldest_job_of_a_queue_is_the_one_in_front()
    {
        await InsertAsync(Plain with { Queue = "a" });
        Now += TimeSpan.FromMinutes(1);
        await InsertAsync(Plain with { Queue = "a" });
        await InsertAsync(Plain with { Queue = "b", Priority = 9 });
        Now += TimeSpan.FromMinutes(1);
        await InsertAsync(Plain with { Queue = "b", Priority = 0 });
        await InsertAsync(Plain with { Queue = "c", DueAt = Now + TimeSpan.FromHours(1) });

        var oldest = await Store.Queues.OldestAsync(Stop);

        Assert.Equal(
            [("a", Start), ("b", Start + TimeSpan.FromMinutes(2))],
            oldest.OrderBy(queue => queue.Key, StringComparer.Ordinal).Select(queue => (queue.Key, queue.Value)));
    }

    [Fact]
    public async Task A_resumed_queue_wakes_the_worker()
    {
        await Store.Queues.SetPausedAsync("a", isPaused: true, Stop);
        await Store.Signals.Ready.WaitAsync(TimeSpan.Zero, TimeProvider.System, Stop); // the signal of the pause
        var isSet = Store.Signals.Ready.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);

        await Store.Queues.SetPausedAsync("a", isPaused: false, Stop);

        Assert.True(await isSet);
    }
}

/// <summary>Nodes and their heartbeats.</summary>
public abstract class NodeStoreContract : StoreContract
{
    private NodeBeat Beat(string name) => new()
    {
        Name = name,
        Process = $"process of {name}",
        Host = "machine",
        Pid = 4711,
        Version = "1.2.3",
        StartedAt = Start,
        Slots = 16,
        Running = 3,
        IsStopping = true,
        Queues = ["mail=3", "default"],
    };

    [Fact]
    public async Task A_node_comes_back_as_it_said_of_itself_at_the_time_of_its_beat()
    {
        Now += TimeSpan.FromMinutes(1);
        await Store.Nodes.BeatAsync(Beat("a"), Now, Stop);

        var node = Assert.Single(await Store.Nodes.ListAsync(Stop));

        Assert.Equal(["mail=3", "default"], node.Queues);
        Assert.Equal(Beat("a") with { SeenAt = Now, Queues = node.Queues, ClockOffset = node.ClockOffset }, node);
    }

    [Fact]
    public async Task A_second_beat_replaces_the_first()
    {
        await Store.Nodes.BeatAsync(Beat("a"), Now, Stop);
        await Store.Nodes.BeatAsync(Beat("a") with { Running = 0, Queues = [] }, Now + TimeSpan.FromSeconds(5), Stop);

        var node = Assert.Single(await Store.Nodes.ListAsync(Stop));

        Assert.Equal((0, 0, Start + TimeSpan.FromSeconds(5)), (node.Running, node.Queues.Count, node.SeenAt));
    }

    [Fact]
    public async Task Nodes_are_listed_by_name_without_the_removed_ones()
    {
        foreach (var name in new[] { "c", "a", "b" })
            await Store.Nodes.BeatAsync(Beat(name), Now, Stop);
        await RemoveAsync("b");
        await RemoveAsync("nobody");

        Assert.Equal(["a", "c"], (await Store.Nodes.ListAsync(Stop)).Select(node => node.Name));
    }

    [Fact]
    public async Task A_removed_node_comes_back_with_its_next_beat()
    {
        await Store.Nodes.BeatAsync(Beat("a"), Now, Stop);
        await RemoveAsync("a");
        await Store.Nodes.BeatAsync(Beat("a"), Now, Stop);

        Assert.Single(await Store.Nodes.ListAsync(Stop));
    }

    [Fact]
    public async Task The_row_of_a_dead_process_goes_with_the_first_beat_of_its_successor()
    {
        await Store.Nodes.BeatAsync(Beat("a") with { Process = "old" }, Now, Stop);
        Now += TimeSpan.FromSeconds(1);
        await Store.Nodes.BeatAsync(Beat("a") with { Process = "new", StartedAt = Now }, Now, Stop);

        Assert.Equal("new", Assert.Single(await Store.Nodes.ListAsync(Stop)).Process);
    }

    [Fact]
    public async Task A_row_that_was_not_seen_for_a_week_goes_with_the_beat_of_anybody()
    {
        var week = TimeSpan.FromDays(7);
        await Store.Nodes.BeatAsync(Beat("random-4711"), Now, Stop);
        await Store.Nodes.BeatAsync(Beat("a"), Now + week, Stop);
        Assert.Equal(["a", "random-4711"], (await Store.Nodes.ListAsync(Stop)).Select(node => node.Name));

        await Store.Nodes.BeatAsync(Beat("a"), Now + week + TimeSpan.FromSeconds(1), Stop);

        Assert.Equal("a", Assert.Single(await Store.Nodes.ListAsync(Stop)).Name);
    }

    [Fact]
    public async Task A_drained_node_that_stood_still_for_longer_than_a_week_stays_drained()
    {
        await Store.Nodes.BeatAsync(Beat("a"), Now, Stop);
        await Store.Nodes.SetDrainedAsync("a", isDrained: true, Stop);

        Assert.True(await Store.Nodes.BeatAsync(Beat("a"), Now + NodeBeat.KeptFor * 2, Stop));
    }

    [Fact]
    public async Task A_process_that_stops_leaves_the_row_of_another_one_of_its_name()
    {
        await Store.Nodes.BeatAsync(Beat("a") with { Process = "other" }, Now, Stop);
        await RemoveAsync("a");

        Assert.Equal("other", Assert.Single(await Store.Nodes.ListAsync(Stop)).Process);
    }

    [Fact]
    public async Task A_drained_node_is_told_so_by_every_beat_until_it_is_resumed()
    {
        Assert.False(await Store.Nodes.BeatAsync(Beat("a"), Now, Stop));
        Assert.True(await Store.Nodes.SetDrainedAsync("a", isDrained: true, Stop));

        Assert.True(Assert.Single(await Store.Nodes.ListAsync(Stop)).IsDrained);
        Assert.True(await Store.Nodes.BeatAsync(Beat("a"), Now, Stop));
        Assert.True(await Store.Nodes.BeatAsync(Beat("a"), Now, Stop));
        Assert.False(await Store.Nodes.BeatAsync(Beat("b"), Now, Stop));
        Assert.True(await Store.Nodes.SetDrainedAsync("a", isDrained: false, Stop));
        Assert.False(await Store.Nodes.BeatAsync(Beat("a"), Now, Stop));
        Assert.False(await Store.Nodes.SetDrainedAsync("nobody", isDrained: true, Stop));
    }

    [Fact]
    public async Task A_process_that_starts_anew_is_not_drained()
    {
        await Store.Nodes.BeatAsync(Beat("a") with { Process = "old" }, Now, Stop);
        await Store.Nodes.SetDrainedAsync("a", isDrained: true, Stop);
        Now += TimeSpan.FromSeconds(1);

        Assert.False(await Store.Nodes.BeatAsync(Beat("a") with { Process = "new", StartedAt = Now }, Now, Stop));
        Assert.False(Assert.Single(await Store.Nodes.ListAsync(Stop)).IsDrained);
    }

    private Task RemoveAsync(string name) => Store.Nodes.RemoveAsync(name, Beat(name).Process, Stop);
}

/// <summary>Small values that outlive a job.</summary>
public abstract class MemoryStoreContract : StoreContract
{
    [Fact]
    public async Task A_value_is_kept_by_scope_and_key_and_survives_a_restart()
    {
        await Store.Memory.SetAsync("feed", "cursor", "1", Stop);
        await Store.Memory.SetAsync("feed", "cursor", "2 ü", Stop);
        await Store.Memory.SetAsync("other", "cursor", "3", Stop);
        await Store.ReopenAsync();

        Assert.Equal("2 ü", await Store.Memory.GetAsync("feed", "cursor", Stop));
        Assert.Equal("3", await Store.Memory.GetAsync("other", "cursor", Stop));
    }

    [Fact]
    public async Task An_unknown_key_is_null() => Assert.Null(await Store.Memory.GetAsync("feed", "cursor", Stop));

    [Fact]
    public async Task Null_removes_a_value()
    {
        await Store.Memory.SetAsync("feed", "cursor", "1", Stop);
        await Store.Memory.SetAsync("feed", "cursor", null, Stop);

        Assert.Null(await Store.Memory.GetAsync("feed", "cursor", Stop));
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        await Store.Memory.SetAsync("feed", "cursor", "", Stop);

        Assert.Equal("", await Store.Memory.GetAsync("feed", "cursor", Stop));
    }
}

/// <summary>Secrets as tokens.</summary>
public abstract class SecretStoreContract : StoreContract
{
    [Fact]
    public async Task A_secret_is_found_by_its_name_with_its_newest_token()
    {
        await Store.Secrets.SetAsync("a", "one", Now, Stop);
        await Store.Secrets.SetAsync("a", "two", Now, Stop);

        Assert.Equal("two", await Store.Secrets.FindAsync("a", Stop));
        Assert.Null(await Store.Secrets.FindAsync("b", Stop));
    }

    [Fact]
    public async Task Secrets_are_listed_by_name_with_the_times_of_the_first_and_the_last_change()
    {
        await Store.Secrets.SetAsync("b", "x", Now, Stop);
        await Store.Secrets.SetAsync("a", "x", Now, Stop);
        await Store.Secrets.SetAsync("b", "y", Now + TimeSpan.FromHours(1), Stop);

        Assert.Equal(
            [new SecretInfo("a", Start, Start), new SecretInfo("b", Start, Start + TimeSpan.FromHours(1))],
            await Store.Secrets.ListAsync(Stop));
    }

    [Fact]
    public async Task A_removed_secret_is_gone_and_a_second_removal_says_so()
    {
        await Store.Secrets.SetAsync("a", "x", Now, Stop);

        Assert.True(await Store.Secrets.RemoveAsync("a", Stop));
        Assert.False(await Store.Secrets.RemoveAsync("a", Stop));
        Assert.Null(await Store.Secrets.FindAsync("a", Stop));
    }

    [Fact]
    public async Task A_schedule_has_secrets_of_its_own()
    {
        await Store.AddScheduleSecretsAsync("nightly", "token");

        Assert.Equal("token", await Store.Secrets.FindOfScheduleAsync("nightly", Stop));
        Assert.Null(await Store.Secrets.FindOfScheduleAsync("hourly", Stop));
    }

    [Fact]
    public async Task Rotation_sees_the_tokens_of_secrets_and_of_schedules_in_a_stable_order()
    {
        await Store.Secrets.SetAsync("b", "2", Now, Stop);
        await Store.Secrets.SetAsync("a", "1", Now, Stop);
        await Store.AddScheduleSecretsAsync("nightly", "3");

        Assert.Equal(
            [new StoredToken(false, "a", "1"), new StoredToken(false, "b", "2"), new StoredToken(true, "nightly", "3")],
            await Store.Secrets.TokensAsync(Stop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_is_replaced_only_if_nobody_has_changed_it_meanwhile(bool isOfSchedule)
    {
        if (isOfSchedule)
            await Store.AddScheduleSecretsAsync("a", "old");
        else
            await Store.Secrets.SetAsync("a", "old", Now, Stop);
        var old = Assert.Single(await Store.Secrets.TokensAsync(Stop));

        Assert.True(await Store.Secrets.ReplaceAsync(old, "new", Stop));
        Assert.False(await Store.Secrets.ReplaceAsync(old, "newer", Stop));

        Assert.Equal("new", Assert.Single(await Store.Secrets.TokensAsync(Stop)).Token);
    }

    [Fact]
    public async Task The_key_fingerprint_is_null_first_and_then_what_was_set_last()
    {
        Assert.Null(await Store.Secrets.KeyFingerprintAsync(Stop));
        await Store.Secrets.SetKeyFingerprintAsync("one", Stop);
        await Store.Secrets.SetKeyFingerprintAsync("two", Stop);

        Assert.Equal("two", await Store.Secrets.KeyFingerprintAsync(Stop));
    }
}
