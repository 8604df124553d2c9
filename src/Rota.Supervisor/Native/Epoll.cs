using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>Waits for many descriptors at once.</summary>
internal sealed partial class Epoll : IDisposable
{
    public const uint Readable = 1;
    public const uint Writable = 4;
    private const int CloseOnExec = 0x80000;
    private const int Add = 1;
    private const int Remove = 2;
    private const int Modify = 3;
    private const int EventsAtOnce = 1024;

    // struct epoll_event is packed on x86 alone.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataAt = EventSize - 8;

    private readonly int _descriptor;
    private readonly byte[] _events = new byte[EventsAtOnce * EventSize];

    public Epoll()
    {
        _descriptor = CreateCall(CloseOnExec);
        if (_descriptor < 0)
            throw new SystemCallException("epoll_create1");
    }

    public void Watch(int descriptor, uint events, bool known = false) =>
        Control(known ? Modify : Add, descriptor, events);

    public void Forget(int descriptor) => Control(Remove, descriptor, 0);

    /// <summary>How many descriptors are ready; each is then read by <see cref="this"/>.</summary>
    /// <param name="timeoutMs">−1 waits for ever.</param>
    public unsafe int Wait(int timeoutMs)
    {
        fixed (byte* events = _events)
        {
            var count = WaitCall(_descriptor, events, EventsAtOnce, timeoutMs);
            if (count < 0 && Errno.Last != Errno.Interrupted)
                throw new SystemCallException("epoll_wait");
            return Math.Max(count, 0);
        }
    }

    /// <summary>Lets time pass whatever is ready.</summary>
    public static unsafe void Pause(TimeSpan time)
    {
        var parts = stackalloc long[] { (long)time.TotalSeconds, time.Ticks % TimeSpan.TicksPerSecond * 100 };
        _ = SleepCall(parts, null);
    }

    public (int Descriptor, uint Events) this[int index]
    {
        get
        {
            var entry = _events.AsSpan(index * EventSize, EventSize);
            return ((int)BinaryPrimitives.ReadInt64LittleEndian(entry[DataAt..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entry));
        }
    }

    public void Dispose() => Descriptors.Close(_descriptor);

    private unsafe void Control(int operation, int descriptor, uint events)
    {
        var entry = stackalloc byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(new(entry, 4), events);
        BinaryPrimitives.WriteInt64LittleEndian(new(entry + DataAt, 8), descriptor);
        if (ControlCall(_descriptor, operation, descriptor, entry) < 0)
            throw new SystemCallException("epoll_ctl");
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static unsafe partial int SleepCall(long* time, long* left);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int CreateCall(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static unsafe partial int ControlCall(int epoll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static unsafe partial int WaitCall(int epoll, byte* events, int count, int timeoutMs);
}
