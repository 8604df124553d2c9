namespace Rota.Supervisor.Logs;

/// <summary>One of the two outputs of a process.</summary>
public enum OutputChannel { Stdout, Stderr }

internal static class OutputChannels
{
    extension(OutputChannel channel)
    {
        /// <summary>As options and answers write it.</summary>
        public string Word => channel == OutputChannel.Stdout ? "stdout" : "stderr";
    }
}

/// <summary>What a tail returns.</summary>
/// <param name="Offset">The size of the file: where the next call goes on.</param>
/// <param name="Overflow">There was more than was asked for, so that the beginning is left out.</param>
internal sealed record LogTail(byte[] Text, long Offset, bool Overflow);
