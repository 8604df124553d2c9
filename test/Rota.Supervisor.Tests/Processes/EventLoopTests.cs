using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>The thread that all state belongs to.</summary>
public sealed class EventLoopTests : IDisposable
{
    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;

    public EventLoopTests()
    {
        _loop = new("test", TimeProvider.System, _errors.Add);
        _loop.Start();
    }

    [Fact]
    public async Task Work_of_many_threads_is_done_one_after_the_other()
    {
        var count = 0;
        var threads = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var number = 0; number < 2_000; number++)
                await _loop.AskAsync(() => count++);
        }));
        await Task.WhenAll(threads).WaitAsync(Deadline);
        Assert.Equal(16_000, count);
    }

    [Fact]
    public async Task Timers_come_in_their_order_never_early_and_not_when_canceled()
    {
        var order = new List<int>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        _loop.Post(() =>
        {
            _loop.After(TimeSpan.FromMilliseconds(60), () =>
            {
                order.Add(60);
                done.SetResult();
            });
            _loop.After(TimeSpan.FromMilliseconds(10), () => order.Add(10));
            _loop.After(TimeSpan.FromMilliseconds(20), () => order.Add(20)).Cancel();
            _loop.After(TimeSpan.FromMilliseconds(30), () => order.Add(30));
        });
        await done.Task.WaitAsync(Deadline);
        Assert.True(time.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(60));
        Assert.Equal([10, 30, 60], order);
    }

    [Fact]
    public async Task Between_two_pieces_of_background_work_everything_else_has_its_turn()
    {
        var order = new List<string>();
        await _loop.AskAsync(() =>
        {
            _loop.InBackground(() =>
            {
                order.Add("first");
                _loop.Post(() => order.Add("between"));
            });
            _loop.InBackground(() => order.Add("second"));
            return true;
        });
        while (await _loop.AskAsync(() => order.Count) < 3)
        {
        }
        Assert.Equal(["first", "between", "second"], order);
    }

    [Fact]
    public async Task An_error_is_reported_and_the_loop_goes_on()
    {
        _loop.Post(() => throw new InvalidOperationException("bug"));
        await Assert.ThrowsAsync<ArgumentException>(
            () => _loop.AskAsync<int>(() => throw new ArgumentException("asked")));
        Assert.Equal(1, await _loop.AskAsync(() => 1));
        Assert.Equal("bug", Assert.Single(_errors).Message);
    }

    [Fact]
    public async Task A_descriptor_calls_back_until_it_is_forgotten()
    {
        var (read, write) = Descriptors.PipeFromChild();
        var seen = 0;
        await _loop.AskAsync(() =>
        {
            _loop.Watch(read, Epoll.Readable, _ =>
            {
                seen++;
                Descriptors.Read(read, new byte[8]);
            });
            return true;
        });
        Descriptors.Write(write, [1]);
        while (await _loop.AskAsync(() => seen) == 0)
        {
        }
        await _loop.AskAsync(() =>
        {
            _loop.Forget(read);
            _loop.Forget(100_000);
            return true;
        });
        Descriptors.Write(write, [1]);
        Assert.Equal(1, await _loop.AskAsync(() => seen));
        Descriptors.Close(read);
        Descriptors.Close(write);
    }

    [Fact]
    public async Task What_was_found_ready_is_not_told_to_the_next_owner_of_its_number()
    {
        (int Read, int Write)[] pipes = [Descriptors.PipeFromChild(), Descriptors.PipeFromChild()];
        var (read, write) = Descriptors.PipeFromChild();
        int? taken = null;
        var told = 0;
        await _loop.AskAsync(() =>
        {
            for (var index = 0; index < pipes.Length; index++)
            {
                var (own, other) = (pipes[index].Read, pipes[1 - index].Read);
                _loop.Watch(own, Epoll.Readable, _ => TakeOver(own, other));
                Descriptors.Write(pipes[index].Write, [1]);
            }
            return true;
        });
        while (await _loop.AskAsync(() => taken) is null)
        {
        }
        Assert.Equal(0, await _loop.AskAsync(() => told));
        Descriptors.Write(write, [1]);
        while (await _loop.AskAsync(() => told) == 0)
        {
        }
        await _loop.AskAsync(() =>
        {
            _loop.Forget(taken!.Value);
            return true;
        });
        foreach (var descriptor in pipes.SelectMany(pipe => (int[])[pipe.Read, pipe.Write]).Concat([read, write]))
            Descriptors.Close(descriptor);

        // Both are ready in one pass; whoever is served first gives the other's number to a pipe that is empty.
        void TakeOver(int own, int other)
        {
            taken = other;
            _loop.Forget(own);
            _loop.Forget(other);
            Descriptors.Replace(other, read);
            _loop.Watch(other, Epoll.Readable, _ => told++);
        }
    }

    public void Dispose() => _loop.Dispose();
}
