using Rota.Jobs;
using Rota.Storage;
using Rota.Workers;
using Xunit;

namespace Rota.Tests.Workers;

/// <summary>How many jobs a worker asks for.</summary>
public sealed class RoomTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Long_jobs_are_not_taken_ahead()
    {
        var room = Open(new WorkerOptions { Concurrency = 4 });

        Assert.Equal((4, 0), Order(room));
    }

    [Fact]
    public void About_50_ms_of_work_are_taken_ahead()
    {
        var room = Open(new WorkerOptions { Concurrency = 4 });

        End(room, TimeSpan.FromMilliseconds(9.9));

        Assert.Equal((4, 20), Order(room));
    }

    [Fact]
    public void One_claim_takes_a_thousand_ahead_at_most_and_the_next_one_the_rest()
    {
        var room = Open(new WorkerOptions { Concurrency = 4, Prefetch = 1_500 });
        End(room, TimeSpan.Zero);

        var first = Order(room);
        room.Answered(first.Slots + first.Ahead);
        var second = Order(room);

        Assert.Equal((4, 1_000), first);
        Assert.Equal((0, 500), second);
    }

    [Fact]
    public void What_was_answered_and_has_not_ended_takes_room()
    {
        var room = Open(new WorkerOptions { Concurrency = 4, Prefetch = 0 });
        Assert.Equal((4, 0), Order(room));

        room.Answered(4);

        Assert.Null(room.Order([]));
        Assert.Equal(0, room.Free);
        End(room, TimeSpan.Zero, count: 3);
        Assert.Equal(3, room.Free);
    }

    [Fact]
    public void After_a_claim_that_found_less_half_of_the_room_is_left_to_new_jobs()
    {
        var room = Open(new WorkerOptions { Concurrency = 4, Prefetch = 0 });
        Order(room);
        room.Answered(0);

        Assert.Equal((2, 0), Order(room));
        Assert.Equal(2, room.Reserve(3).Slots);
        Assert.Equal(0, room.Reserve(1).Slots);
    }

    [Fact]
    public void There_is_none_while_it_is_held()
    {
        var room = Open(new WorkerOptions { Concurrency = 4 });

        room.Hold(isHeld: true);

        Assert.Null(room.Order([]));
        room.Hold(isHeld: false);
        Assert.Equal((4, 0), Order(room));
    }

    private static Room Open(WorkerOptions options)
    {
        var room = new Room();
        room.Open(options, TimeProvider.System, _ => 0, (_, _) => { });
        return room;
    }

    private static (int Slots, int Ahead) Order(Room room)
    {
        var order = room.Order([])!;
        return (order.Slots, order.Prefetch);
    }

    /// <summary>As many attempts as it takes for their time to be the average.</summary>
    private static void End(Room room, TimeSpan time)
    {
        room.Answered(1_000);
        End(room, time, count: 1_000);
    }

    private static void End(Room room, TimeSpan time, int count) => room.Ended([.. Enumerable.Repeat(new Finished
    {
        Job = new Claimed
        {
            Id = new JobId(1),
            Token = 1,
            Attempt = 1,
            Crashes = 0,
            Kind = "k",
            Queue = "q",
            Priority = 5,
            Project = "p",
            Args = default,
            CreatedAt = Now,
        },
        Event = JobEvent.Succeed,
        Outcome = AttemptOutcome.Succeeded,
        StartedAt = Now,
        EndedAt = Now + time,
    }, count)]);
}
