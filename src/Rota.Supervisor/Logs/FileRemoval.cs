using Rota.Supervisor.Native;

namespace Rota.Supervisor.Logs;

/// <summary>Lets go of files that have lost their names, beside the output thread: to give back the space of a rotated
/// log of 50 MB took 40 ms, which was half of the time in which a flood was written.</summary>
/// <remarks>One file at a time; while one is on its way, the next is let go by whoever asks. So a disk that is slow to
/// give back space slows what fills it, and no more than one such file takes up room.</remarks>
internal sealed class FileRemoval
{
    private int _isBusy;

    /// <summary>A file that is about to lose its last name, kept for <see cref="Finish"/>; −1 when there is none.
    /// </summary>
    public static int Keep(string path) => Descriptors.Open(path, Descriptors.PathOnly);

    /// <summary>Lets it go; from any thread.</summary>
    public void Finish(int kept)
    {
        if (kept < 0)
            return;
        if (Interlocked.Exchange(ref _isBusy, 1) == 1)
        {
            Descriptors.Close(kept);
            return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(_ =>
        {
            Descriptors.Close(kept);
            Volatile.Write(ref _isBusy, 0);
        }, null);
    }
}
