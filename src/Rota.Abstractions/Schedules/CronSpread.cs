namespace Rota.Schedules;

/// <summary>Numbers for <c>H</c>: the same for the same text, part and range, in every process and version.</summary>
/// <remarks>Source: Quartz.NET 4, whose numbers these are, so that a schedule that is moved keeps its times: FNV-1a
/// over the UTF-16 units of the text, mixed with the part by the last steps of MurmurHash3.</remarks>
internal static class CronSpread
{
    public static int Of(string text, CronPart part)
    {
        unchecked
        {
            var hash = 2166136261u;
            foreach (var symbol in text)
                hash = (hash ^ symbol) * 16777619;

            hash = (hash & int.MaxValue) + (uint)part * 0x9E3779B9;
            hash = (hash ^ hash >> 16) * 0x85EBCA6B;
            hash = (hash ^ hash >> 13) * 0xC2B2AE35;
            return (int)((hash ^ hash >> 16) & int.MaxValue);
        }
    }
}
